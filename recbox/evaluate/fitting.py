"""Fits a model, unless it needs more than it may have."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from recbox.errors import PluginError, UnsupportedError
from recbox.evaluate.guard import check_scorer
from recbox.plugin import Model, Need, Spec

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.data import Dataset
    from recbox.plugin import Scorer
    from recbox.recipe.recipe import Part


Validate = Callable[["Scorer"], dict[str, float]]
"""A scorer's metrics on validation."""


@dataclass(frozen=True)
class Fitted:
    scorer: Scorer
    seconds: float
    epochs: int | None = None
    """Of a model that is trained: those up to the best one."""


class Fitter(Protocol):
    """Fits a baseline. This room knows no training loop, so who knows it brings what can train."""

    def __call__(
        self,
        part: Part,
        train: Dataset,
        context: Context,
        validate: Validate | None = None,
        epochs: int | None = None,
    ) -> Fitted:
        """Fit on `train`. For a model that is trained, `validate` chooses the epoch; without it training goes
        on to its end, or for so many `epochs`."""


def fit_model(part: Part, train: Dataset, context: Context) -> Fitted:
    """The recipe's model with the options that it gives, fitted on `train` (the training interactions alone).

    An `UnsupportedError`, before anything is computed, where it needs more memory than `context.memory`.
    """
    allow(part, train, context)
    return fit(part, train, context)


def allow(part: Part, train: Dataset, context: Context) -> None:
    """An `UnsupportedError` for a model that needs more memory than `context.memory`."""
    if too_much := excess(needed(options(part), train), context):
        raise UnsupportedError(
            f"{part.label} {too_much}",
            why=f"for {len(train.user):,} users and {len(train.item):,} items",
            instead="allow more with --memory GIB, leave out rare items with data.clean.item_core, or use "
            "another method",
        )


def fit(
    part: Part,
    train: Dataset,
    context: Context,
    validate: Validate | None = None,
    epochs: int | None = None,
) -> Fitted:
    """A `Fitter` of models that are fitted at one go; the need is not asked for."""
    model = options(part)
    began = time.perf_counter()
    scorer = model.fit(Spec(node="", count=0, width=0, dim=0, train=train, graph=None, context=context))
    seconds = time.perf_counter() - began
    return Fitted(check_scorer(part, scorer, train) if part.foreign else scorer, seconds)


def options(part: Part) -> Model:
    """The options of a part of the kind `model`."""
    if not isinstance(part.options, Model):
        raise PluginError(f"{part.name!r} is a {part.kind}, not a model")
    return part.options


def needed(model: Model, train: Dataset) -> Need:
    return model.need(len(train.user), len(train.item), len(train.interaction))


def excess(need: Need, context: Context) -> str:
    """What to say of a need of more memory than there may be, else nothing."""
    if need.memory <= context.memory:
        return ""
    return f"needs about {need.memory / 2**30:.1f} GiB and may use {context.memory / 2**30:.1f} GiB"
