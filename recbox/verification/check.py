"""One check: whether it holds, what was seen, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

State = Literal["holds", "fails", "unproven", "skipped"]


@dataclass(frozen=True)
class Check:
    """seen: figures, or for a check that can't be made why. means: what to make of a failure, or of what is
    unproven: nothing contradicts it, and what would bear it out is missing."""

    name: str
    state: State
    seen: str
    means: str = ""


def checked(name: str, wrong: str, seen: str, means: str) -> Check:
    """Holds with `seen` where nothing is wrong, else fails with what is."""
    return Check(name, "fails", wrong, means) if wrong else Check(name, "holds", seen)


def unproven(name: str, why: str, means: str) -> Check:
    """What would bear it out isn't here. means: what to do."""
    return Check(name, "unproven", why, means)


def skipped(name: str, why: str) -> Check:
    """A check that isn't asked for, or has nothing to look at."""
    return Check(name, "skipped", why)


def furthest(stated: Mapping[str, float], found: Mapping[str, float]) -> tuple[float, str]:
    """The largest difference between two sets of values, and its key; infinite where a key is missing, or a
    value is no number."""
    worst = (0.0, "")
    for key in sorted({*stated, *found}):
        values = stated.get(key), found.get(key)
        numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
        gap = abs(numbers[0] - numbers[1]) if len(numbers) == 2 else float("inf")
        worst = max(worst, (gap, key))
    return worst


def differing(stated: Mapping[str, float], found: Mapping[str, float], tolerance: float) -> str:
    """The largest difference in words, where it is beyond the tolerance; else nothing."""
    gap, key = furthest(stated, found)
    if gap <= tolerance:
        return ""
    return f"{key} is said to be {_number(stated.get(key))}, and is {_number(found.get(key))}"


def _number(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, int | float) else "nothing"
