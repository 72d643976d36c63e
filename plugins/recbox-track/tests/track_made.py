"""One small run, told to a tracker, and what its artifact says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import recbox
from recbox.progress import Progress, Silent, Task

SMALL = {
    "recbox": 1,
    "name": "small",
    "dim": 8,
    "seed": 3,
    "data": {
        "source": {"use": "synthetic", "users": 60, "items": 50, "interactions": 900},
        "split": {"by": "user-time"},
    },
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "objective": [{"use": "bpr"}, {"use": "l2"}],
    "train": {"epochs": 3, "batch": 256},
    "evaluate": {"k": [5, 10], "select": "ndcg@10", "baseline": ["popularity"]},
}


class Notices(Progress):
    """Keeps the notices."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def open(self, title: str, total: float | None, unit: str) -> Task:
        return Silent().open(title, total, unit)

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        self.said.append(message)


@dataclass(frozen=True)
class Told:
    """A finished run, its history, and every notice about a tracker."""

    outcome: Any
    history: list[dict[str, Any]]
    said: list[str]

    @property
    def test(self) -> dict[str, float]:
        return self.outcome.metrics["test"]

    def curve(self, metric: str) -> list[float]:
        return [row["valid"][metric] for row in self.history]


def told(folder: Path, *track: str, recipe: dict[str, Any] = SMALL) -> Told:
    """Run it in `folder`."""
    notices = Notices()
    outcome = recbox.run(
        recipe, threads=1, device="cpu", kernel="torch", out=folder / "a", track=track, progress=notices
    )
    file = outcome.folder / "history.jsonl"
    history = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return Told(outcome, history, [said for said in notices.said if "the tracker" in said])


def problems(run: Told) -> list[str]:
    """What was said of trackers, but for the waiting."""
    return [said for said in run.said if not said.startswith("waiting")]


SEARCH = {"train.optimizer.lr": [0.02, 1.0e37], "layer.0.use": ["lightgcn"]}
"""The second trial diverges."""


def searched(folder: Path, *track: str) -> Any:
    """A search of two trials, told to trackers; its arm."""
    notices = Notices()
    found = recbox.tune(
        SMALL | {"search": SEARCH}, by="grid", threads=1, out=folder / "study", track=track, progress=notices
    )
    told = [said for said in notices.said if "the tracker" in said and not said.startswith("waiting")]
    assert told == []
    return found.arms[0]
