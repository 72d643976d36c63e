"""Training a model on the kit's worlds, in the engine's own loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recbox.context import Context
from recbox.contract.case import Case
from recbox.data import Dataset
from recbox.plugin import Moment, Trained
from recbox.recipe.blocks import Training
from recbox.recipe.recipe import Part
from recbox.recipe.trained import course_of
from recbox.train import ModelCourse

EPOCHS, STEPS, RATE = 40, 4, 0.02
"""Passes over a world's training part, steps in each, and the learning rate of Adam: data as small as this is
learned by larger steps than a model's own `course` has."""


def trained(case: Case) -> Trained:
    assert isinstance(case.options, Trained)  # noqa: S101
    return case.options


def course(case: Case, train: Dataset, context: Context, batch: int | None = None) -> ModelCourse:
    """A model with its first values. batch: rows of a batch, by default a quarter of an epoch."""
    part = Part("model", case.cls.__name__, case.options)
    return ModelCourse(part, settings(case, train, batch), train, context, "", False)


def settings(case: Case, train: Dataset, batch: int | None = None) -> Training:
    """The model's course, but for what the size of the data decides."""
    options = trained(case)
    rows = len(train.user) if options.rows == "user" else len(train.interaction)
    own: dict[str, Any] = {"epochs": EPOCHS, "batch": batch or -(-rows // STEPS), "patience": None}
    stated = course_of(options).values()
    return Training.parse({**stated, **own, "optimizer": {"lr": RATE}, "schedule": {}, "precision": "fp32"})


def moments(given: ModelCourse) -> Iterator[tuple[Any, Moment]]:
    """The first epoch's batches, each with its moment."""
    rows = given.open(0).batches
    for number, batch in enumerate(rows.epoch(0, given.context)):
        yield batch, Moment(0, number, len(rows), given.context.generator("model", 0, 0, number))
