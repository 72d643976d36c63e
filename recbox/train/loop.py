"""The loop: epochs of steps, validation, early stopping, checkpoints, Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from recbox.plugin import Scorer
from recbox.progress import Task
from recbox.recipe.blocks import Training
from recbox.train.checkpoint import CheckpointFile
from recbox.train.course import Course
from recbox.train.optimizing import rate
from recbox.train.stage import OpenStage
from recbox.train.state import State, copied, optimizer_tensors

SAVE_SHARE = 0.05
"""The share of the time that checkpoints may take: one at the end of the first epoch, and then at the first
end of an epoch by which the last one has paid for itself."""

Validate = Callable[[Scorer], dict[str, float]]
Follow = Callable[[dict[str, Any]], None]
"""Told of each row of the history."""


@dataclass(frozen=True)
class Fit:
    """What training gives: the course's method holds the best epoch's weights.

    history: a row an epoch: stage, epoch, loss, term, lr, seconds, and valid where it was validated.
    """

    history: list[dict[str, Any]]
    epochs: int
    """Epochs up to the best one in the last stage."""
    status: Literal["done", "interrupted"]
    valid: dict[str, float]
    """Validation metrics of the best epoch."""


def fit(
    course: Course,
    validate: Validate | None,
    checkpoint: CheckpointFile | None = None,
    state: State | None = None,
    stop: int | None = None,
    follow: Follow | None = None,
) -> Fit:
    """Train through the stages of a course. validate: None trains all epochs and keeps the last.

    stop: end the last stage after so many epochs, its schedule unchanged. state: where an earlier run stood.
    follow: told of each epoch, those of the earlier run first.
    Ctrl-C ends training with the best epoch so far, status `interrupted`; before the first validated epoch,
    and where the best one is of a stage that scores otherwise than the last, it goes on as KeyboardInterrupt.
    """
    trainer = Trainer(course, validate, checkpoint, state or State(), stop, follow)
    try:
        trainer.run()
        status: Literal["done", "interrupted"] = "done"
    except KeyboardInterrupt:
        if not trainer.keeps_a_method():
            raise
        status = "interrupted"
    trainer.keep_best()
    return Fit(trainer.state.history, trainer.state.best_epoch + 1, status, trainer.state.valid)


class Trainer:
    """One method in training."""

    def __init__(
        self,
        course: Course,
        validate: Validate | None,
        checkpoint: CheckpointFile | None,
        state: State,
        stop: int | None,
        follow: Follow | None,
    ) -> None:
        self.course, self.validate, self.checkpoint, self.state = course, validate, checkpoint, state
        self.stop, self.follow, self.context = stop, follow, course.context
        self.next_save = 0.0

    def run(self) -> None:
        """All stages that are left; each begins with the best weights of the one before."""
        for row in self.state.history:
            self._tell(row)
        self._stage()
        while self.state.stage + 1 < len(self.course.stages):
            done = self.state
            self.state = State(
                done.stage + 1, history=done.history, kept=done.kept, model=done.kept, valid=done.valid
            )
            self._stage()

    def keeps_a_method(self) -> bool:
        """Whether there are weights that score as those of the last stage will."""
        own = self.state.best_epoch >= 0  # else they are those of the stage before
        stage = self.state.stage if own else self.state.stage - 1
        return bool(self.state.kept) and self.course.scores_at_last(stage)

    def keep_best(self) -> None:
        """Put the best epoch's weights into the method."""
        self.course.restore(self.state.kept)
        self.course.end()

    def _stage(self) -> None:
        stage = OpenStage(self.course, self.state)
        if count := stage.loss.batches.undrawable:
            left = f"{count} interactions are left out: their users know all candidates"
            self.context.progress.notice(left, "warning")
        last = self._last_epoch(stage.training)
        steps = (last - self.state.epoch) * len(stage.loss.batches)
        with self.context.progress.task(self._title(), steps, "step") as task:
            while self.state.epoch < last and not self._patience_is_over(stage.training):
                self._epoch(stage, task)
                self._save(stage)
            if self.validate is not None and self.state.best is None:  # resumed with fewer epochs
                self._judge(stage, task)
        self._save(stage, now=True)

    def _title(self) -> str:
        several = len(self.course.stages) > 1
        return f"train {self.state.stage + 1}/{len(self.course.stages)}" if several else "train"

    def _last_epoch(self, training: Training) -> int:
        final = self.state.stage + 1 == len(self.course.stages)
        return self.stop if final and self.stop is not None else training.epochs

    def _patience_is_over(self, training: Training) -> bool:
        return training.patience is not None and self.state.waited >= training.patience

    def _epoch(self, stage: OpenStage, task: Task) -> None:
        state, start = self.state, time.perf_counter()
        lr = rate(stage.training, state.epoch, state.drops)
        stage.begin(state.epoch, lr)
        sums = torch.zeros(len(stage.loss.labels) + 1, dtype=torch.float64)
        for number, batch in enumerate(stage.batches(state.epoch)):
            losses = stage.step(batch, state.epoch, number)
            sums += losses * len(batch.user)
            task.advance(loss=float(losses[0]))
        means = (sums / max(1, stage.loss.batches.count)).tolist()
        row = {"stage": state.stage, "epoch": state.epoch, "loss": means[0], "lr": lr}
        row["term"] = dict(zip(_unique(stage.loss.labels), means[1:]))
        if self._is_due(stage.training):
            row["valid"] = self._judge(stage, task)
        if self.validate is None:
            state.kept, state.best_epoch = copied(stage.module), state.epoch
        state.history.append(row | {"seconds": round(time.perf_counter() - start, 4)})
        state.epoch += 1
        self._tell(state.history[-1])

    def _tell(self, row: dict[str, Any]) -> None:
        if self.follow is not None:
            self.follow(row)

    def _is_due(self, training: Training) -> bool:
        done = self.state.epoch + 1
        return self.validate is not None and (done == training.epochs or done % training.every == 0)

    def _judge(self, stage: OpenStage, task: Task) -> dict[str, float]:
        """Validation metrics; the best epoch's weights are kept, the others counted."""
        state, select = self.state, self.course.select
        valid = self.validate(self.course.scorer())
        task.advance(0, **{select: valid[select]})
        value = -valid[select] if self.course.lower_is_better else valid[select]
        if state.best is None or value > state.best:
            state.best, state.best_epoch, state.waited, state.stale = value, state.epoch, 0, 0
            state.kept, state.valid = copied(stage.module), valid
            return valid
        state.waited += 1
        state.stale += 1
        schedule = stage.training.schedule
        if schedule.by == "plateau" and state.stale >= schedule.every:
            state.drops, state.stale = state.drops + 1, 0
        return valid

    def _save(self, stage: OpenStage, now: bool = False) -> None:
        start = time.monotonic()
        if self.checkpoint is None or not (now or start >= self.next_save):
            return
        self.state.model = copied(stage.module)
        self.state.optimizer = optimizer_tensors(stage.optimizer)
        self.checkpoint.save(self.state)
        end = time.monotonic()
        self.next_save = end + (end - start) / SAVE_SHARE


def _unique(names: Sequence[str]) -> list[str]:
    """A second `bpr` is `bpr-2`, so that each term has a line of its own in the history."""
    return [n if names[:i].count(n) == 0 else f"{n}-{names[:i].count(n) + 1}" for i, n in enumerate(names)]
