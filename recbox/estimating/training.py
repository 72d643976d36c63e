"""What epochs take: some steps of each stage of a course are made, as a run makes them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from recbox.recipe.blocks import Training
from recbox.train import Course
from recbox.train.optimizing import rate
from recbox.train.stage import OpenStage
from recbox.train.state import State, copied, optimizer_tensors

BUDGET_S = 3.0
"""Seconds of steps in a stage, about."""
FEWEST = 3


@dataclass(frozen=True)
class Epochs:
    """beginning: seconds once, before the first. seconds: of one, without validation. epochs, least: at
    most, and where patience ends them. judged, least_judged: validations in these. bytes: of weights and what
    the optimizer keeps."""

    beginning: float
    seconds: float
    epochs: int
    least: int
    judged: int
    least_judged: int
    bytes: int


def rehearsed(course: Course, number: int, validated: bool) -> Epochs:
    """A stage with its first values. Weights are moved by its steps, as a run's are."""
    began = time.perf_counter()
    stage = OpenStage(course, State(number))
    steps, lr = len(stage.loss.batches), rate(stage.training, 0, 0)
    _opened(stage, 0, lr)  # what is done once, such as a transpose of the graph, is no part of an epoch
    beginning, began = time.perf_counter() - began, time.perf_counter()
    batches = _opened(stage, 1, lr)
    opening = time.perf_counter() - began
    done, began = 0, time.perf_counter()
    for batch in batches:
        stage.step(batch, 1, done + 1)
        done += 1
        if done >= FEWEST and time.perf_counter() - began > BUDGET_S:
            break
    step = (time.perf_counter() - began) / max(done, 1)
    # A run holds these beside the weights: the best epoch's, and those of a checkpoint.
    kept, last, moments = copied(stage.module), copied(stage.module), optimizer_tensors(stage.optimizer)
    size = sum(t.nbytes for held in (kept, last, moments) for t in held.values())
    epoch = opening + step * (steps - 1)
    return Epochs(max(0.0, beginning - step), epoch, *_counts(stage.training, validated), size)


def _opened(stage: OpenStage, epoch: int, lr: float) -> Iterator[Any]:
    """An epoch's batches after the first, which was learned from."""
    stage.begin(epoch, lr)
    batches = stage.batches(epoch)
    stage.step(next(batches), epoch, 0)
    return batches


def _counts(training: Training, validated: bool) -> tuple[int, int, int, int]:
    """Epochs at most and at least, and validations in them."""
    most = training.epochs
    if not validated:
        return most, most, 0, 0
    every, patience = training.every, training.patience
    least = most if patience is None else min(most, every * (patience + 1))
    judged, least_judged = (-(-n // every) for n in (most, least))
    return most, least, judged, least_judged
