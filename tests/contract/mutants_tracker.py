"""Trackers that break a law: copies of one that writes lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from mutant_kit import Mutant

from recbox.plugin import Run, Track, Tracker


class _Lines(Track):
    def __init__(self, file: Path) -> None:
        file.parent.mkdir(exist_ok=True)
        self.file = file.open("a")

    def line(self, told: Any) -> None:
        self.file.write(json.dumps(told, default=str) + "\n")

    def epoch(self, row: Mapping[str, Any]) -> None:
        self.line(row)

    def end(self, status: str, metrics: Mapping[str, Any], folder: Path | None) -> None:
        self.line([status, metrics, folder])
        self.file.close()


@final
class Plain(Tracker):
    """Lines of JSON."""

    where: str = "told"
    """The folder."""

    def begin(self, run: Run) -> Track:
        track = _Lines(Path(self.where) / "lines.jsonl")
        track.line(run.recipe)
        return track


class _NeedsAnEpoch(_Lines):
    last: Mapping[str, Any] | None = None

    def epoch(self, row: Mapping[str, Any]) -> None:
        self.last = row

    def end(self, status: str, metrics: Mapping[str, Any], folder: Path | None) -> None:
        self.line(self.last["loss"])
        super().end(status, metrics, folder)


class _WantsTest(_Lines):
    def end(self, status: str, metrics: Mapping[str, Any], folder: Path | None) -> None:
        self.line(metrics["test"])
        super().end(status, metrics, folder)


class _WantsFolder(_Lines):
    def end(self, status: str, metrics: Mapping[str, Any], folder: Path | None) -> None:
        self.line(folder.name)
        super().end(status, metrics, folder)


class _KnowsThreeEnds(_Lines):
    def end(self, status: str, metrics: Mapping[str, Any], folder: Path | None) -> None:
        self.line({"done": 0, "interrupted": 1, "failed": 2}[status])
        super().end(status, metrics, folder)


class _WantsValid(_Lines):
    def epoch(self, row: Mapping[str, Any]) -> None:
        self.line(row["valid"])


class _Finite(_Lines):
    def epoch(self, row: Mapping[str, Any]) -> None:
        self.line(json.dumps(row, allow_nan=False))


class _Silent(_Lines):
    def line(self, told: Any) -> None:
        pass


class _Changing(_Lines):
    def epoch(self, row: Mapping[str, Any]) -> None:
        self.line(row.pop("loss"))


class _Marking(_Lines):
    def end(self, status: str, metrics: Mapping[str, Any], folder: Path | None) -> None:
        if folder is not None:
            (folder / "tracked").touch()
        super().end(status, metrics, folder)


class _Printing(_Lines):
    def epoch(self, row: Mapping[str, Any]) -> None:
        print(row["epoch"])


def copy(track: type[Track] = _Lines, **members: Any) -> type[Tracker]:
    """A copy whose runs are of another class."""

    def begin(self: Tracker, run: Run) -> Track:
        opened = track(Path(self.where) / "lines.jsonl")
        opened.line(run.recipe)
        return opened

    members = {"begin": begin, **members}
    return type(Tracker)("Copy", (Plain,), {"__module__": __name__, "__doc__": Plain.__doc__, **members})


def summing(self: Tracker, run: Run) -> Track:
    """What was tried as numbers alone."""
    opened = _Lines(Path(self.where) / "lines.jsonl")
    opened.line(sum(float(value) for value in run.tried.values()))
    return opened


def cleaning(self: Tracker, run: Run) -> Track:
    """A new file for each run, and no other."""
    files = sorted(Path(self.where).glob("*"))
    for file in files:
        file.unlink()
    return _Lines(Path(self.where) / (f"{files[0].stem}-again.jsonl" if files else "lines.jsonl"))


def beside(self: Tracker, run: Run) -> Track:
    Path("elsewhere").mkdir(exist_ok=True)
    return _Lines(Path(self.where) / "lines.jsonl")


def _mutant(law: str, breaks: str, track: type[Track] = _Lines, **members: Any) -> Mutant:
    return Mutant(law, "plain", breaks, copy(track, **members))


MUTANTS: tuple[Mutant, ...] = (
    _mutant("any-number-of-epochs", "expects an epoch", _NeedsAnEpoch),
    _mutant("every-end-is-an-end", "expects test figures", _WantsTest),
    _mutant("every-end-is-an-end", "expects a folder", _WantsFolder),
    _mutant("trials-are-runs", "knows of no pruned trial", _KnowsThreeEnds),
    _mutant("trials-are-runs", "takes what was tried for numbers", begin=summing),
    _mutant("any-row-can-be-told", "expects validation", _WantsValid),
    _mutant("any-row-can-be-told", "refuses nan", _Finite),
    _mutant("something-is-written", "writes nothing", _Silent),
    _mutant("something-is-written", "removes the run before", begin=cleaning),
    _mutant("nothing-is-written-elsewhere", "makes a folder of its own", begin=beside),
    _mutant("inputs-are-left-alone", "takes the loss out of the row", _Changing),
    _mutant("inputs-are-left-alone", "marks the artifact", _Marking),
    _mutant("prints-nothing", "prints the epoch", _Printing),
)
