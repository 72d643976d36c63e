"""A process at work on a study: it begins trials, of the arms in turn, and writes down what came of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from optuna.trial import Trial, TrialState

from recbox.errors import RecboxError, RecipeError, remedy_of
from recbox.progress import Progress, Task
from recbox.tuning.arm import Arm
from recbox.tuning.book import Book, Owner, sweep
from recbox.tuning.drawing import By
from recbox.tuning.journal import open_journal
from recbox.tuning.lock import Lock
from recbox.tuning.trying import Ground, Pruned, attempt, read_ground

CLAIM = ".lock"
"""Held while a trial is begun, so that none is begun twice."""


@dataclass(frozen=True)
class Plan:
    """How a study is worked at. trials: for each arm, None for no limit. until: the `time.monotonic()` after
    which no trial begins."""

    by: By = "tpe"
    trials: int | None = None
    until: float | None = None
    prune: bool = True
    device: str = "auto"


@final
class Study:
    """All arms of a folder, with their data."""

    def __init__(self, arms: Sequence[Arm], folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        self.grounds: dict[str, Ground] = {}
        for arm in arms:
            if arm.data_key not in self.grounds:
                self.grounds[arm.data_key] = read_ground(arm.setting)
        folder.mkdir(parents=True, exist_ok=True)
        with Lock(folder / CLAIM):
            storage = open_journal(folder)
            self.books = [Book(arm, storage, folder, self._identity(arm)) for arm in arms]
            sweep(folder)

    def ground(self, arm: Arm) -> Ground:
        return self.grounds[arm.data_key]

    def _identity(self, arm: Arm) -> dict[str, object]:
        ground = self.ground(arm)
        return arm.identity(ground.fingerprint, ground.split.fingerprint)

    def owner(self) -> Owner:
        """This process, for the trials that it claims."""
        with Lock(self.folder / CLAIM):
            return Owner(self.folder)

    def claim(self, owner: Owner) -> tuple[Book, Trial] | None:
        """A trial to run: one that was left, else a new one of the arm that has the fewest."""
        with Lock(self.folder / CLAIM):
            if self.plan.until is not None and time.monotonic() >= self.plan.until:
                return None
            for book in self.books:
                if trial := book.stale(owner):
                    return book, trial
            for book in sorted(self.books, key=lambda b: len(b.trials())):
                if trial := book.begin(owner, self.plan.by, self.plan.trials):
                    return book, trial
        return None

    def finished(self) -> int:
        """Trials of all arms that came to an end."""
        return sum(trial.state.is_finished() for book in self.books for trial in book.trials())


@dataclass
class Show:
    """The bar over all trials, or over the time where their number has no limit."""

    study: Study
    progress: Progress
    task: Task
    timed: bool
    done: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def __call__(self, **facts: object) -> None:
        """Bring the bar to where the study stands."""
        finished = self.study.finished()
        now = round(time.monotonic() - self.began, 1) if self.timed else float(finished)
        if self.timed:
            facts = {"trials": finished, **facts}
        self.task.advance(now - self.done, **facts)
        self.done = now


def work(study: Study, show: Callable[..., None], notice: Callable[[str, str], None]) -> None:
    """Run trials until there is none to begin. Ctrl-C leaves the running one to be begun again."""
    owner = study.owner()
    try:
        while claimed := study.claim(owner):
            _run(study, *claimed, show, notice)
    finally:
        owner.leave()


def _run(
    study: Study, book: Book, trial: Trial, show: Callable[..., None], notice: Callable[[str, str], None]
) -> None:
    began = time.perf_counter()
    name = f"{book.arm.name}, trial {trial.number}"
    known, prune = book.steps(trial), study.plan.prune and book.arm.recipe.model is None

    def watch(step: int, value: float) -> None:
        show(**{book.arm.name: trial.number, book.arm.recipe.evaluate.select: value})
        if not prune or step in known:
            return
        trial.report(value, step)
        if trial.should_prune():
            raise Pruned

    def seconds() -> float:
        return round(time.perf_counter() - began, 3)

    try:
        found = attempt(book.arm, study.ground(book.arm), book.settings(trial), study.plan.device, watch)
        book.end(trial, TrialState.COMPLETE, found.value, valid=found.valid, seconds=seconds())
    except Pruned:
        book.end(trial, TrialState.PRUNED, seconds=seconds())
    except Exception as error:
        reason = _reason(error)
        if not reason:
            raise
        book.end(trial, TrialState.FAIL, reason=reason, seconds=seconds())
        notice(f"{name} failed: {reason}", "warning")
    show()


def _reason(error: Exception) -> str:
    """Why a method can't be had with such values; nothing for a fault of recbox or of the system."""
    if isinstance(error, RecipeError):
        return "; ".join(mistake.what for mistake in error.mistakes)
    if isinstance(error, RecboxError):
        return "; ".join(filter(None, (error.what, error.why)))
    return "there was not enough memory" if not isinstance(error, OSError) and remedy_of(error) else ""
