"""The laws of trackers: a run of any length and any end is told, without harm to another one's."""

from __future__ import annotations

import contextlib
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.kind import Kind
from recbox.contract.law import Skip, hold, law
from recbox.contract.snapshot import snapshot
from recbox.plugin import Run, Track, Tracker

RECIPE = {
    "recbox": 1,
    "name": "told",
    "data": {"source": {"use": "synthetic", "users": 60}, "split": {"by": "user-time"}},
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "evaluate": {"k": [5, 10], "metric": [{"use": "ndcg"}], "select": "ndcg@10", "refit": False},
}
DATA = {
    "source": "synthetic",
    "users": 60,
    "fingerprint": "0" * 64,
    "split": {"by": "user-time", "train": 700},
}
METRICS = {
    "status": "done",
    "test": {"ndcg@10": 0.25, "recall@5": 0.5},
    "valid": {"ndcg@10": 0.3, "recall@5": 0.4},
    "baseline": {"popularity": {"test": {"ndcg@10": 0.2}}, "ease": {"left_out": "it takes too long"}},
    "sentence": "told is ahead of popularity.",
}


def row(epoch: int, stage: int = 0, loss: float = 0.5, valid: bool = True) -> dict[str, Any]:
    """A row of the history."""
    told = {"stage": stage, "epoch": epoch, "loss": loss, "lr": 0.01, "term": {"bpr": loss}, "seconds": 0.1}
    return told | ({"valid": {"ndcg@10": 0.1 + epoch / 100}} if valid else {})


@dataclass(frozen=True)
class Inputs:
    """All that a tracker is told of one run. folder: an artifact's."""

    folder: Path
    recipe: dict[str, Any] = field(default_factory=lambda: dict(RECIPE))
    data: dict[str, Any] = field(default_factory=lambda: dict(DATA))
    rows: list[dict[str, Any]] = field(default_factory=lambda: [row(n) for n in range(3)])
    metrics: dict[str, Any] = field(default_factory=lambda: dict(METRICS))


def inputs(case: Case, double: bool = False) -> Inputs:
    folder = Path(tempfile.mkdtemp(prefix="recbox-told-"))
    (folder / "metrics.json").write_text("{}")
    return Inputs(folder)


def produce(case: Case, context: Context, given: Inputs) -> Mapping[str, Any]:
    """A whole run is told; what a tracker writes has times in it, so that nothing of it is compared."""
    with _working():
        track = begin(case, given)
        for told in given.rows:
            track.epoch(told)
        track.end("done", given.metrics, given.folder)
    return {}


TRIED = {
    "train.optimizer.lr": 0.01,
    "dim": 16,
    "layer.0": {"use": "gat", "heads": 2},
    "evaluate.k": [5, 10],
    "train.clip": None,
}
"""What a trial of a search may have tried: any values that a recipe may hold."""


def begin(case: Case, given: Inputs, trial: bool = False) -> Track:
    """The tracker's run. Skip: the library that it writes with isn't installed."""
    assert isinstance(case.options, Tracker)  # noqa: S101
    run = Run("told", given.recipe, 0, given.data)
    if trial:
        run = replace(run, name="told-trial-0", group="told-tune", tried=dict(TRIED))
    try:
        return case.options.begin(run)
    except ModuleNotFoundError as error:
        own = case.cls.__module__.partition(".")[0]
        if str(error.name).partition(".")[0] in (own, "recbox"):
            raise
        raise Skip(f"it needs the module {error.name!r}, which is not installed") from error


def tell(case: Case, rows: Sequence[Mapping[str, Any]], status: str = "done") -> None:
    """One run, from its beginning to such an end."""
    given = inputs(case)
    track = begin(case, given)
    for told in rows:
        track.epoch(told)
    if status == "failed":
        track.end(status, {}, None)
    else:
        track.end(status, given.metrics if status == "done" else _untested(given.metrics), given.folder)


def _untested(metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {"status": "interrupted", "valid": metrics["valid"]}


@contextlib.contextmanager
def _working() -> Iterator[Path]:
    """For the block, the working folder is a new one, which is removed afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, contextlib.chdir(folder):
        yield Path(folder)


@law(instead="count the epochs yourself, from 0, and expect none: a model that is fitted as a whole has none")
def any_number_of_epochs(case: Case) -> None:
    """A run of no epoch, of one and of fifty can be told."""
    with _working():
        for count in (0, 1, 50):
            tell(case, [row(n) for n in range(count)])


@law(instead="take what is in the row and in the metrics, and expect nothing else to be there")
def every_end_is_an_end(case: Case) -> None:
    """A run can be ended as done, as interrupted (no test figures), and as failed (nothing at all), before
    the first epoch too."""
    with _working():
        for status in ("done", "interrupted", "failed"):
            for count in (0, 2):
                tell(case, [row(n) for n in range(count)], status)


@law(instead="take `group` and `tried` as they come, any other status as one more word, and expect no folder")
def trials_are_runs(case: Case) -> None:
    """A trial of a search can be told, whatever was tried; it ends without test figures or an artifact, as
    done, pruned or failed, and another one follows."""
    with _working():
        for status in ("done", "pruned", "failed"):
            given = inputs(case)
            track = begin(case, given, trial=True)
            track.epoch(given.rows[0])
            track.end(status, _ended(status, given.metrics), None)


def _ended(status: str, metrics: Mapping[str, Any]) -> dict[str, Any]:
    if status == "failed":
        return {"status": status, "sentence": "training diverged"}
    return {"status": status, "name": "told", "select": "ndcg@10", "valid": metrics["valid"]}


@law(instead="use `row.get`, pass on numbers that aren't finite or leave them out, and never compare epochs")
def any_row_can_be_told(case: Case) -> None:
    """A row may lack `valid` or `term`, a loss may be nan or infinite, and a second stage begins at epoch 0
    again."""
    bare = {"stage": 0, "epoch": 2, "loss": 0.4, "lr": 0.01, "seconds": 0.1}
    rows = [row(0, valid=False), row(1, loss=math.nan), bare, row(0, stage=1, loss=math.inf)]
    with _working():
        tell(case, rows)


@law(instead="write what is told as it is told, and at the latest in `end`, where `where` says")
def something_is_written(case: Case) -> None:
    """A run leaves something in the place that `where` names, and a second run of the same name leaves more,
    with nothing of the first one gone."""
    with _working() as here:
        tell(case, [row(n) for n in range(3)])
        one = _files(here)
        tell(case, [row(n) for n in range(3)])
        other = _files(here)
    hold(bool(one), "nothing is written in the working folder, where the examples of `where` lie")
    gone = sorted(set(one) - set(other))
    hold(not gone, f"the second run removes {', '.join(gone[:3])}")
    hold(one != other, "a second run of the same name leaves everything as it was")


@law(instead="tell the library where to write; some of them make folders of their own in the working folder")
def nothing_is_written_elsewhere(case: Case) -> None:
    """Nothing new lies in the working folder but what `where` names."""
    where = getattr(case.options, "where", "")
    if not where:
        raise Skip("its `where` is empty, so it says nothing of places")
    with _working() as here:
        tell(case, [row(0)])
        found = sorted(path.name for path in here.iterdir())
    named = [part for part in where.replace(":", "/").split("/") if part]
    stray = [name for name in found if not any(name.startswith(part) for part in named)]
    hold(not stray, f"where is {where!r}, and it makes {', '.join(stray)}")


def _files(folder: Path) -> dict[str, str]:
    """Each file below a folder, by its path, with a number over what it holds."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path.relative_to(folder)): snapshot(path.read_bytes()) for path in files}


LAWS = (
    any_number_of_epochs,
    every_end_is_an_end,
    trials_are_runs,
    any_row_can_be_told,
    something_is_written,
    nothing_is_written_elsewhere,
)

KIND = Kind(LAWS, inputs, produce)
