"""What the encoders with a text model share: where the model is, what it reads, how it is run."""

from __future__ import annotations

from abc import abstractmethod
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from recbox.plugin import Spec, mistake, texts
from recbox_text import place
from recbox_text.projected import TUNED, Projected

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

    from recbox_text._folder import Folder
    from recbox_text._plan import Plan
    from recbox_text.projected import Read


class Text(Projected):
    """Vectors that a text model gives for a text about each node."""

    train: Literal["frozen", "projection", "last", "lora", "full"] = "projection"
    """What is learned: `projection` is the map to `dim` alone, `frozen` is nothing. The others learn the map
    and, of the text model, the `last` layers, low-rank additions to all layers (`lora`), or all of it."""
    layers: Annotated[int, Field(ge=1)] | None = None
    """With `train: last`: how many layers; 1 if it isn't given."""
    rank: Annotated[int, Field(ge=1)] | None = None
    """With `train: lora`: the rank of the additions; 8 if it isn't given."""
    lr: Annotated[float, Field(gt=0)] | None = None
    """Where the text model learns: its learning rate. None given: 1e-3 for `lora`, 1e-4 for the others."""
    per_step: Annotated[int, Field(ge=1)] | None = None
    """Where the text model learns: texts that learn in a step at most, drawn by lot among those of the
    batch's nodes. None given: all of these."""
    model: place.Place
    """The model: a folder; `package:NAME`, or `package:NAME/FOLDER`, for one that an installed package
    carries; `ORG/NAME@REVISION` for one of the hub, with the 40 digits of a commit."""
    text: str | None = None
    """What the model reads of a node: a template over its columns, such as `{title}. {genre}`. What is
    missing is left out, with the punctuation around it."""
    history: str | None = None
    """A template over the columns of what a node has interacted with, such as `{title}` for users."""
    history_by: Literal["joined", "mean"] = "joined"
    """What becomes of a history. joined: one text of its last ones, newest first; `{history}` in `text` is
    its place. mean: each is a text of its own, and a node's vector is the mean of theirs."""
    prompt: str | None = None
    """Put before each text, such as `passage: `. None given: the model's own, if it has one."""
    max_length: Annotated[int, Field(ge=4, le=1 << 20)] | None = None
    """Tokens of a text at most, the rest is cut off. None given: what the model's own files say."""
    batch: Annotated[int, Field(ge=1)] = 32
    """Texts that are encoded at once."""
    precision: Literal["fp32", "bf16"] = "fp32"
    """In what numbers the text model runs."""
    quantize: Literal["none", "int8"] = "none"
    """`int8`: the text model's linear layers run in 8-bit integers; on a CPU, with `precision: fp32`."""

    @field_validator("text", texts.HISTORY)
    @classmethod
    def _templates_parse(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                texts.parse(value)
        except ValueError as error:
            raise mistake(f"the template {value!r} can't be read: {error}") from None
        return value

    @model_validator(mode="after")
    def _texts_fit(self) -> Self:
        if self.text is None and self.history is None:
            raise mistake("nothing says what the model reads", instead='text: "{title}"')
        if (
            self.history is not None
            and self.text is not None
            and texts.HISTORY not in texts.parse(self.text).names
        ):
            what = "`text` has no place for the history"
            raise mistake(what, at="text", instead="`{history}` in it, or leave `text` out")
        if self.quantize == "int8" and self.precision == "bf16":
            raise mistake("int8 starts from fp32", at="precision", instead="precision: fp32")
        return self

    @model_validator(mode="after")
    def _history_fits(self) -> Self:
        if self.history is None and (self.averaged or self.last is not None):
            name = "history_by" if self.averaged else "last"
            what = f"there is no history, so `{name}` would do nothing"
            raise mistake(what, at=name, instead='history: "{title}"')
        if self.averaged and self.text is not None:
            what = "where a history is averaged, nothing else is read"
            raise mistake(what, at="text", instead="leave `text` out, or `history_by: joined`")
        if self.averaged and self.train in TUNED:
            what = "the texts of a history that is averaged don't learn"
            raise mistake(what, at="train", instead="train: projection, or `history_by: joined`")
        return self

    @model_validator(mode="after")
    def _learning_fits(self) -> Self:
        for name, ways in (("layers", ("last",)), ("rank", ("lora",)), ("lr", TUNED), ("per_step", TUNED)):
            if getattr(self, name) is not None and self.train not in ways:
                what = f"with `train: {self.train}`, `{name}` would do nothing"
                raise mistake(what, at=name, instead=" or ".join(f"train: {way}" for way in ways))
        if self.train == "lora" and find_spec("peft") is None:
            raise mistake("it needs the package peft", at="train", instead="pip install 'recbox-text[lora]'")
        if self.train in TUNED and self.quantize != "none":
            what = "whole numbers of 8 bits can't learn"
            raise mistake(what, at="quantize", instead="quantize: none, or `train: projection`")
        return self

    @property
    def rate(self) -> float:
        """The learning rate of the text model where the schedule begins."""
        return self.lr or (1e-3 if self.train == "lora" else 1e-4)

    @property
    def template(self) -> texts.Template:
        """What is read of a node; `{history}` alone where `text` isn't given."""
        return texts.parse(self.text or f"{{{texts.HISTORY}}}")

    @property
    def needs(self) -> frozenset[str]:
        there = {"id", texts.HISTORY} if self.by_history else {"id"}
        return frozenset(self.template.names) - there

    @property
    def inductive(self) -> bool:
        # A history alone is no feature: of a new item there is nothing to read.
        return not (self.by_history and set(self.template.names) == {texts.HISTORY})

    @property
    def averaged(self) -> bool:
        return self.history_by == "mean"

    @property
    def by_history(self) -> bool:
        return self.history is not None

    @property
    def by_id(self) -> bool:
        return "id" in self.template.names

    @abstractmethod
    def plan(self, folder: Folder) -> Plan:
        """How this kind of model makes one vector of a text's tokens; a DataError where it can't."""

    def vectors(self, spec: Spec) -> np.ndarray:
        from recbox_text._encoding import vectors

        return vectors(self, spec)

    def there(self, spec: Spec) -> np.ndarray:
        from recbox_text._encoding import there

        return there(self, spec)

    def others(self, spec: Spec) -> np.ndarray:
        from recbox_text._encoding import others

        return others(self, spec)

    def reader(self, spec: Spec) -> Read:
        from recbox_text._encoding import reader

        return reader(self, spec)

    def base(self, spec: Spec) -> nn.Module:
        from recbox_text._base import Base
        from recbox_text._folder import open_folder

        return Base(open_folder(self.model, spec.context, f"encoder.{spec.node}"))
