"""An arm's trials in the journal: which there are, whose they are, and how a new one begins."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from recbox.data.lock import Lock, is_held
from recbox.errors import OptionError
from recbox.tuning import space
from recbox.tuning.arm import Arm
from recbox.tuning.drawing import draw
from recbox.tuning.identity import differences, other, stated
from recbox.tuning.plan import By


@final
class Owner:
    """This process as others see it: while its lock is held, its trials are its own. To be made under the
    study's lock, as are all questions whether one is held."""

    def __init__(self, folder: Path) -> None:
        self.name = uuid.uuid4().hex
        self._lock = Lock(_lock_of(folder, self.name))
        self._lock.acquire()

    def leave(self) -> None:
        """Trials that are still running are anybody's now."""
        self._lock.release(remove=True)


def _lock_of(folder: Path, owner: str) -> Path:
    return folder / f".owner-{owner}.lock"


def sweep(folder: Path) -> None:
    """Remove the locks of processes that have ended."""
    for path in folder.glob(".owner-*.lock"):
        if not is_held(path):
            path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Row:
    """One trial. value: on validation; of a pruned one the last before its end. settings: by path."""

    number: int
    state: str
    """done, pruned, failed, running."""
    value: float | None
    settings: dict[str, Any]
    seconds: float | None
    reason: str
    valid: dict[str, float]


_STATES = {
    TrialState.COMPLETE: "done",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "running",
}


@final
class Book:
    """The study of one arm. To be opened, and asked for trials, by one process at a time."""

    def __init__(
        self, arm: Arm, storage: optuna.storages.BaseStorage, folder: Path, identity: Mapping[str, Any]
    ) -> None:
        self.arm, self.folder = arm, folder
        self.direction = "minimize" if arm.recipe.lower_is_better else "maximize"
        self.distributions = {path: space.distribution(s) for path, s in arm.spaces.items()}
        known = arm.name in optuna.get_all_study_names(storage)
        made = {} if known else {"direction": self.direction}
        self.study = (optuna.load_study if known else optuna.create_study)(
            study_name=arm.name,
            storage=storage,
            sampler=optuna.samplers.RandomSampler(seed=0),
            pruner=_pruner(arm),
            **made,
        )
        self._identify(identity)

    def _identify(self, own: Mapping[str, Any]) -> None:
        said = self.study.user_attrs
        if "identity" not in said and not self.trials():
            self.study.set_user_attr("stated", stated(self.arm))
            self.study.set_user_attr("identity", dict(own))
            return
        if differs := other(said.get("identity", {}), own):
            raise OptionError(
                f"the study {self.arm.name!r} in this folder is one of {differs}",
                where=str(self.folder),
                why=differences(said["stated"], stated(self.arm)) if "stated" in said else "",
                instead="name another folder with --out, or move this one away",
            )

    def trials(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False)

    def budget(self, limit: int | None) -> int | None:
        """How many trials there are to be; all settings where they are fewer than `limit`."""
        count = space.size(self.arm.spaces)
        return count if limit is None else min(limit, count) if count is not None else limit

    def stale(self, owner: Owner) -> Trial | None:
        """A trial whose process has ended, begun again by this one."""
        for trial in self.trials():
            if trial.state != TrialState.RUNNING:
                continue
            if not is_held(_lock_of(self.folder, trial.user_attrs.get("owner", ""))):
                taken = Trial(self.study, trial._trial_id)
                taken.set_user_attr("owner", owner.name)
                return taken
        return None

    def begin(self, owner: Owner, by: By, limit: int | None) -> Trial | None:
        """A new trial in one line of the journal; None where as many were begun as there are to be."""
        trials, budget = self.trials(), self.budget(limit)
        if budget is not None and len(trials) >= budget:
            return None
        params = draw(self.arm, self.distributions, trials, by, budget, self.direction)
        begun = optuna.create_trial(
            state=TrialState.RUNNING,
            params=params,
            distributions=dict(self.distributions),
            user_attrs={"owner": owner.name},
        )
        self.study.add_trial(begun)
        return Trial(self.study, self.trials()[-1]._trial_id)

    def settings(self, trial: Trial) -> dict[str, Any]:
        return space.settings(self.arm.spaces, trial.params)

    def end(self, trial: Trial, state: TrialState, value: float | None = None, **facts: Any) -> None:
        """Write down what came of a trial."""
        for name, fact in facts.items():
            trial.set_user_attr(name, fact)
        self.study.tell(trial.number, value, state)

    def steps(self, trial: Trial) -> set[int]:
        """Epochs of which the journal knows the value: of a trial that is begun again."""
        return set(self.trials()[trial.number].intermediate_values)

    def rows(self) -> list[Row]:
        """All trials, in the order of their numbers."""
        return [self._row(trial) for trial in self.trials()]

    def _row(self, trial: FrozenTrial) -> Row:
        said = trial.user_attrs
        settings = space.settings(self.arm.spaces, trial.params)
        valid = said.get("valid", {})
        return Row(trial.number, _STATES[trial.state], trial.values[0] if trial.values else None, settings,
                   said.get("seconds"), said.get("reason", ""), valid)  # fmt: skip

    def better(self, one: float, other: float) -> bool:
        """Whether a value is the better of two."""
        return one < other if self.direction == "minimize" else one > other


def _pruner(arm: Arm) -> optuna.pruners.BasePruner:
    """After five trials, and a fifth of the epochs: below the median of the others at that epoch."""
    epochs = arm.recipe.stage[0].training.epochs if arm.recipe.stage else 0
    return optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=epochs // 5, n_min_trials=3)
