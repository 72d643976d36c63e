"""The kind `tracker`: tells another tool of a run. A command names it, a recipe can't."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
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
    """Sizes, fingerprints and split, as under `data` in `metrics.json`."""


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
        """The run is over. status: `done`, `interrupted`, or `failed`, then without metrics and folder.
        metrics: the `metrics.json` document. folder: of the artifact, absolute; None where there is none."""


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
