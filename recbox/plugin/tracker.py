"""The kind `tracker`: tells another tool of a run. A command names it, a recipe can't."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from recbox.registry.options import Options


@dataclass(frozen=True)
class Run:
    """A run that begins, as a tracker is told of it; all of it is plain data, as in JSON.

    Stability: stable for callers.
    """

    name: str
    recipe: Mapping[str, Any]
    """The resolved recipe, every default filled in."""
    seed: int
    data: Mapping[str, Any]
    """Sizes, fingerprints and split, as under `data` in `metrics.json`; without the test part for a trial of
    a search, which never sees it."""
    group: str = ""
    """What it belongs to: the search of which it is a trial, or the comparison; empty for a run alone."""
    tried: Mapping[str, Any] = field(default_factory=dict)
    """What tells it from the others of its group, by path: the values of a trial, the seed."""


class Track(ABC):
    """One run in a tracker: what was begun, and has to be ended.

    Stability: stable for callers and implementers.
    """

    @abstractmethod
    def epoch(self, row: Mapping[str, Any]) -> None:
        """One more row of the history: stage, epoch, loss, lr, seconds, term by name, and valid by metric
        where it was validated."""

    @abstractmethod
    def end(self, status: str, metrics: Mapping[str, Any], folder: Path | None) -> None:
        """The run is over. status: `done`, `interrupted`, `pruned` (a trial that was ended as hopeless), or
        `failed`, then without figures and folder. metrics: the `metrics.json` document, without test figures
        for a trial and for what was interrupted; its `sentence` says who won, or why a trial failed. folder:
        of the artifact, absolute; None where there is none, as for a trial."""


class Tracker(Options):
    """Tells another tool of a run: its curves, its figures, its recipe, where its artifact lies.

    It works in a process of its own, where nothing that it does can reach the run: what it prints is lost,
    and once it raises, hangs or ends the process it is left out.

    Laws: any number of epochs may come between `begin` and `end`, none too; a run that was interrupted, or
    failed, is ended like any other; each run is one of its own; what it writes lies where `where` says.

    Stability: stable for callers and implementers.
    """

    kind: ClassVar[str] = "tracker"
    where: str = ""
    """What stands behind the colon: a folder, a file, an address."""

    @abstractmethod
    def begin(self, run: Run) -> Track:
        """Begin to track a run."""
