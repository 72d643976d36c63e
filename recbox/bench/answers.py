"""What runners answered: as figures beside recbox's own, and as notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from statistics import median
from typing import Any

from recbox.bench.figure import Figure, rows
from recbox.bench.roster import ROSTER
from recbox.bench.timing import Timed
from recbox.bench.turns import Result

Document = Mapping[str, Any]


def _step(told: Document) -> float | None:
    return 1e3 * median(told["step_s"]) if told["step_s"] else None


def _epoch(told: Document) -> float | None:
    return told["batches"] * median(told["step_s"]) if told["step_s"] else None


SORTS: dict[str, tuple[str, bool, Callable[[Document], float | None]]] = {
    "training step": ("ms", False, _step),
    "epoch": ("s", False, _epoch),
    "ranking": ("users/s", True, lambda told: told.get("users_per_s")),
    "peak memory": ("MiB", False, lambda told: told["peak_mib"]),
}
"""Figures of one process: their unit, whether more is better, and the value, None where it has none."""
_GOALS = {peer.title: peer.goals for peer in ROSTER.values()}


def document(result: Result) -> dict[str, Any]:
    """The newest one; empty where all rounds failed."""
    return next((told for told in reversed(result.rounds) if told is not None), {})


def figures(what: str, results: Mapping[str, Result], against: str) -> Iterator[dict[str, Any]]:
    """A row for each that has this figure, of the rounds in which it didn't fail."""
    unit, more, value = SORTS[what]
    for label, result in results.items():
        both = [
            (value(told), value(beside))
            for told, beside in zip(result.rounds, results[against].rounds)
            if told and beside
        ]
        pairs = [(a, b) for a, b in both if a is not None and b is not None]
        if not pairs:
            continue
        own, other = (Timed(values) for values in zip(*pairs))
        extra = _goal(label, own.ratio(other), against) if what == "epoch" else {}
        made = [Figure(against, other, unit, more), Figure(label, own, unit, more, extra)]
        yield rows(what, made, against)[-1]


def _goal(label: str, ratio: float, against: str) -> dict[str, float | None]:
    """Which share of what it is held to recbox reaches."""
    kernel = against.split()[1]
    goal = _GOALS.get(label, {}).get(kernel)
    return {"of goal": ratio / goal if goal else None}


def notes(results: Mapping[str, Result]) -> Iterator[str]:
    """What a user of each gets, with versions; and what failed."""
    same: dict[str, list[str]] = {}
    for label, result in results.items():
        if told := document(result):
            versions = ", ".join(f"{name} {number}" for name, number in told["versions"].items())
            said = f"({versions}, Python {told['python']}): {told['said']}."
            same.setdefault(said, []).append(label)
    yield from (f"{', '.join(labels)} {said}" for said, labels in same.items())
    for label, result in results.items():
        if result.error:
            lost = sum(told is None for told in result.rounds)
            yield f"{label} failed in {lost} of {len(result.rounds)} rounds: {result.error}"
