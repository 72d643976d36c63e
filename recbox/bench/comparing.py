"""A measurement beside an earlier one: what changed, and whether by more than rounds differ anyway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recbox.bench.figure import short

Row = Mapping[str, Any]
FEWEST = 5
"""Rounds that have a spread."""
HARDWARE = ("processor", "vector", "cores", "threads", "memory_gib", "device")
SOFTWARE = ("python", "torch", "dgl", "scipy", "numpy", "kernel")


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Two documents of `bench`. `machine`: facts that differ, each `[before, after]`. `by`: `figure`, or
    `ratio` where the hardware differs, for then times say nothing of the code. `row`: those figures that both
    have, `{suite, what, name, unit, before, after, change, verdict}`, with the change of what `by` says.
    `work`: suites that weren't measured on the same. `missing`, `new`: figures that one of them lacks."""
    differing = {
        key: [before["machine"].get(key), after["machine"].get(key)]
        for key in (*HARDWARE, *SOFTWARE)
        if before["machine"].get(key) != after["machine"].get(key)
    }
    by = "ratio" if any(key in differing for key in HARDWARE) else "figure"
    old, new = _figures(before), _figures(after)
    shared = [name for name in after["suite"] if name in before["suite"]]
    other = [name for name in shared if _work(before, name) != _work(after, name)]
    found = [_row(key, old[key], row, by) for key, row in new.items() if key in old and key[0] not in other]
    return {
        "machine": differing,
        "by": by,
        "work": other,
        "row": found,
        "missing": [list(key) for key in old if key not in new and key[0] in shared],
        "new": [list(key) for key in new if key not in old and key[0] in shared],
    }


def verdict(before: Row, after: Row, by: str = "figure") -> str:
    """`better` or `worse` where the medians lie further apart than both distances between quartiles together,
    else `within noise`; `too few rounds` to have quartiles; `reference` for a ratio that is always 1."""
    if by == "ratio" and after["name"] == after["against"]:
        return "reference"
    if min(before["rounds"], after["rounds"]) < FEWEST:
        return "too few rounds"
    middle, low, high = ("ratio", "ratio_q1", "ratio_q3") if by == "ratio" else ("median", "q1", "q3")
    moved = after[middle] - before[middle]
    if abs(moved) <= sum(row[high] - row[low] for row in (before, after)):
        return "within noise"
    return "better" if (moved > 0) == (after["better"] == "more") else "worse"


def _row(key: tuple[str, str, str], before: Row, after: Row, by: str) -> dict[str, Any]:
    what = "ratio" if by == "ratio" else "median"
    change = after[what] / before[what] - 1 if before[what] else None
    return {
        **dict(zip(("suite", "what", "name"), key)),
        "unit": "× reference" if by == "ratio" else after["unit"],
        "before": before[what],
        "after": after[what],
        "change": None if change is None else short(change),
        "verdict": verdict(before, after, by),
    }


def _figures(document: Mapping[str, Any]) -> dict[tuple[str, str, str], Row]:
    parts = document["suite"].items()
    return {(name, row["what"], row["name"]): row for name, part in parts for row in part["row"]}


def _work(document: Mapping[str, Any], suite: str) -> dict[str, Any]:
    """What was measured on; bandwidths of the machine are none of it."""
    return {key: fact for key, fact in document["suite"][suite]["about"].items() if "GB/s" not in key}
