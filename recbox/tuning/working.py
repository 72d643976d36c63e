"""A process at work on a study: it begins trials, of the arms in turn, and writes down what came of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import final

from optuna.trial import Trial, TrialState

from recbox.data.lock import Lock
from recbox.errors import RecboxError, RecipeError, ScratchError, remedy_of
from recbox.progress import Progress, Task
from recbox.tuning.arm import Arm
from recbox.tuning.book import Book, Owner, sweep
from recbox.tuning.identity import identity
from recbox.tuning.journal import open_journal
from recbox.tuning.plan import Plan
from recbox.tuning.telling import Teller
from recbox.tuning.trying import Ground, Pruned, attempt, read_ground

CLAIM = ".lock"
"""Held while a trial is begun, so that none is begun twice."""


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

    def clocked(self, seconds: float | None) -> Plan:
        """The plan, by which no trial begins once so many seconds from now have gone by; the clock is the
        machine's, so that processes share it."""
        if seconds is not None:
            self.plan = replace(self.plan, until=time.monotonic() + seconds)
        return self.plan

    def ground(self, arm: Arm) -> Ground:
        return self.grounds[arm.data_key]

    def _identity(self, arm: Arm) -> dict[str, object]:
        ground = self.ground(arm)
        return identity(arm, ground.fingerprint, ground.split.fingerprint)

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


@dataclass(frozen=True)
class Ears:
    """Who is told of the work: the bar, the user (message, level), the trackers."""

    show: Callable[..., None]
    notice: Callable[[str, str], None]
    teller: Teller


def work(study: Study, ears: Ears) -> None:
    """Run trials until there is none to begin. Ctrl-C leaves the running one to be begun again."""
    owner = study.owner()
    try:
        while claimed := study.claim(owner):
            _Attempt(study, *claimed, ears).run()
            ears.show()
    finally:
        owner.leave()


@final
class _Attempt:
    """A trial while it runs."""

    def __init__(self, study: Study, book: Book, trial: Trial, ears: Ears) -> None:
        self.study, self.book, self.trial, self.ears = study, book, trial, ears
        self.arm, self.began = book.arm, time.perf_counter()
        self.known = book.steps(trial)
        self.prune = study.plan.prune and bool(book.arm.recipe.stage)
        self.valid: dict[str, float] = {}

    def run(self) -> None:
        """Fit, judge, and write down what came of it."""
        tried, ground = self.book.settings(self.trial), self.study.ground(self.arm)
        teller = self.ears.teller
        teller.begin(self.arm, self.trial.number, tried, ground)
        try:
            found = attempt(self.arm, ground, tried, self.study.plan.device, self._watch, teller.epoch)
            self._end(TrialState.COMPLETE, found.value, valid=found.valid)
            teller.end(self.arm, "done", found.valid)
        except Pruned:
            self._end(TrialState.PRUNED)
            teller.end(self.arm, "pruned", self.valid)
        except KeyboardInterrupt:
            teller.end(self.arm, "interrupted", self.valid)
            raise
        except Exception as error:
            reason = _reason(error)
            if not reason:
                raise
            self._end(TrialState.FAIL, reason=reason)
            teller.end(self.arm, "failed", why=reason)
            self.ears.notice(f"{self.arm.name}, trial {self.trial.number} failed: {reason}", "warning")

    def _watch(self, step: int, valid: dict[str, float]) -> None:
        select = self.arm.recipe.evaluate.select
        self.valid, value = valid, valid[select]
        self.ears.show(**{self.arm.name: self.trial.number, select: value})
        if not self.prune or step in self.known:
            return
        self.trial.report(value, step)
        if self.trial.should_prune():
            raise Pruned

    def _end(self, state: TrialState, value: float | None = None, **facts: object) -> None:
        self.book.end(self.trial, state, value, **facts, seconds=round(time.perf_counter() - self.began, 3))


def _reason(error: Exception) -> str:
    """Why a method can't be had with such values; nothing for a fault of recbox or of the system."""
    if isinstance(error, RecipeError):
        return "; ".join(mistake.what for mistake in error.mistakes)
    if isinstance(error, ScratchError):
        return ""
    if isinstance(error, RecboxError):
        return "; ".join(filter(None, (error.what, error.why)))
    return "there was not enough memory" if not isinstance(error, OSError) and remedy_of(error) else ""
