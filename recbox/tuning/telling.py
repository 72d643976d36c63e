"""What trackers are told of a search: each trial as a run of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recbox.api.judging import data_document
from recbox.errors import RecboxError
from recbox.plugin import Run
from recbox.recipe.varying import vary
from recbox.tracker import Trackers
from recbox.tuning.arm import Arm
from recbox.tuning.trying import Ground, setting_of


@dataclass(frozen=True)
class Teller:
    """The trackers of a search. group: the name of the study's folder."""

    trackers: Trackers
    group: str

    def begin(self, arm: Arm, number: int, tried: Mapping[str, Any], ground: Ground) -> None:
        """A trial begins, under the name `ARM-trial-NUMBER`."""
        if not self.trackers.asked:
            return
        data = data_document(arm.recipe, ground.dataset, ground.split)
        del data["split"]["test"]
        name = f"{arm.name}-trial-{number}"
        self.trackers.begin(Run(name, _resolved(arm, tried), arm.recipe.seed, data, self.group, dict(tried)))

    def epoch(self, row: Mapping[str, Any]) -> None:
        """One more row of the trial's history."""
        self.trackers.epoch(row)

    def end(self, arm: Arm, status: str, valid: Mapping[str, float] | None = None, why: str = "") -> None:
        """A trial is over. valid: its metrics on validation; of one that was pruned the last."""
        found: dict[str, Any] = {"status": status, "name": arm.name, "select": arm.recipe.evaluate.select}
        found |= {"valid": dict(valid)} if valid else {}
        self.trackers.end(status, found | ({"sentence": why} if why else {}), None)


def _resolved(arm: Arm, tried: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arm's recipe with the values of a trial; as they stand where they don't fit together."""
    try:
        return setting_of(arm, tried).recipe.resolved
    except RecboxError:
        return vary(arm.recipe.resolved, tried)
