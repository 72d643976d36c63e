"""What all encoders of this package share: given vectors, and a way from them to `dim` columns."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from recbox.plugin import Encoder, Spec, mistake

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from torch import nn

    from recbox.plugin import History

    Read = Callable[[pl.DataFrame, History | None], np.ndarray]
    """A row of features for each new node, and what it has, to its vector: float32 [n, w], finite."""


TUNED = ("last", "lora", "full")
"""Values of `train` with which the model that makes the vectors learns."""


class Projected(Encoder):
    """Given vectors, brought to `dim` columns by a map that is learned or fixed."""

    train: Literal["frozen", "projection"] = "projection"
    """What is learned: `projection` is the map to `dim` alone, `frozen` is nothing."""
    projection: Literal["linear", "mlp", "whiten", "ridge"] = "linear"
    """How the vectors get `dim` columns. Learned: a linear map, one hidden layer, whitening and a linear map,
    or (`ridge`) a linear map that begins as that of a ridge regression, by which the inner product of two
    nodes is what the one's text says of the other. With `train: frozen`, `linear` is the fixed map that keeps
    inner products best (the first singular vectors; exact where `dim` is as large as the vectors), `whiten`
    is whitening to `dim` columns, and `ridge` stays as it begins."""
    hidden: Annotated[int, Field(ge=1)] | None = None
    """Columns of the hidden layer of `mlp`; `dim` if it isn't given."""
    text_l2: Annotated[float, Field(gt=0)] | None = None
    """Ridge penalty with which `ridge` begins; 10 if it isn't given."""
    share: str | None = None
    """For items, `user`: their vectors go through the map that the users' encoder learns, in place of one
    of their own. Both then have vectors of one width."""
    normalise: bool = True
    """Whether vectors get length 1 before they are projected, or averaged; a vector of zeros stays."""
    last: Annotated[int, Field(ge=1, le=1000)] | None = None
    """How many of a history, the newest. None given: 20 that are joined, and all where they are averaged."""

    @model_validator(mode="after")
    def _projection_fits(self) -> Self:
        if self.train == "frozen" and self.projection == "mlp":
            what = "`train: frozen` learns nothing, and an mlp is nothing else"
            raise mistake(what, at="projection", instead="linear or whiten, or `train: projection`")
        if self.hidden is not None and self.projection != "mlp":
            what = f"`{self.projection}` has no hidden layer, so `hidden` would do nothing"
            raise mistake(what, at="hidden", instead="projection: mlp")
        if self.text_l2 is not None and self.projection != "ridge":
            what = f"`{self.projection}` has no penalty, so `text_l2` would do nothing"
            raise mistake(what, at="text_l2", instead="projection: ridge")
        if self.projection == "ridge" and self.train in TUNED:
            what = "it begins from vectors that stay as they are, and here the text model learns"
            raise mistake(what, at="projection", instead="linear, or `train: projection`")
        return self

    @model_validator(mode="after")
    def _sharing_fits(self) -> Self:
        if self.share is None:
            return self
        if self.share != "user":
            raise mistake(f"no map of {self.share!r} can be shared", at="share", instead="share: user")
        for name, own in (("train", "projection"), ("projection", "linear"), ("hidden", None)):
            if getattr(self, name) != own:
                what = f"the map is that of the users' encoder, so `{name}` would do nothing"
                raise mistake(what, at=name, instead=f"leave `{name}` out here, and say it there")
        return self

    @property
    def averaged(self) -> bool:
        """Whether a node's vector is the mean of the vectors of what it has interacted with."""
        return False

    @property
    def given(self) -> bool:
        return self.train not in TUNED and not self.averaged

    @property
    def penalty(self) -> float:
        """With `projection: ridge`: that of the regression that the map begins as."""
        return 10.0 if self.text_l2 is None else self.text_l2

    @property
    def baselines(self) -> tuple[dict[str, Any], ...]:
        from recbox_text.reading import BASELINES, PACKAGE, named

        said = named(self)
        return tuple({"use": PACKAGE + name, "encoder": said} for name in BASELINES) if said else ()

    @abstractmethod
    def vectors(self, spec: Spec) -> np.ndarray:
        """Row i is node i's vector: float32 [spec.count, w], finite."""

    @abstractmethod
    def there(self, spec: Spec) -> np.ndarray:
        """bool [spec.count]: the nodes that have a vector of their own, and not one that stands in for it."""

    @abstractmethod
    def reader(self, spec: Spec) -> Read:
        """What gives vectors to nodes that weren't there in training, by a table of their features
        and by what they have."""

    @abstractmethod
    def others(self, spec: Spec) -> np.ndarray:
        """Where they are averaged: the vectors of what nodes interact with, float32 [spec.count, w]. spec:
        the place of an encoder of those."""

    def base(self, spec: Spec) -> nn.Module | None:
        """A mark of what makes the vectors, kept in the state, so that another isn't taken for it."""
        return None

    def build(self, spec: Spec) -> nn.Module:
        if self.train in TUNED:
            from recbox_text._tuned import build as tuned

            return tuned(self, spec)
        if self.averaged:
            from recbox_text._averaged import build as averaged

            return averaged(self, spec)
        from recbox_text._module import build

        return build(self, self.vectors(spec), spec, self.reader(spec), self.base(spec))
