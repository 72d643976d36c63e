"""What a result is warned of: it means nothing, it is bad, or it is too good to be true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from recbox.data import Dataset
from recbox.evaluate.sentence import metric_title

SIMPLE = ("popularity", "bias", "random")
"""Methods that everybody has to be ahead of: of rankings and clicks, of weights, and of cold candidates."""
SEVERE = frozenset({*(f"not-ahead-of-{name}" for name in SIMPLE), "test-beyond-validation", "too-good"})
"""Codes that are shown in red, on a terminal and in the report."""
BEYOND = 2.0
"""How many times further a method's test may be above its validation than the baselines' are."""
ALONE = 4.0
"""The same for a method that stands beside no baseline: parts of a split differ in difficulty."""
PERFECT = 0.9
"""A value this near to the best possible is looked at where the baselines reach less than half of it."""
TRAINING = ("too few epochs", "a learning rate far off", "too little data to personalise")
"""Why a method that was trained here may not be ahead of popularity."""
FURTHER = "`recbox verify --retrain` looks further"

Values = Mapping[str, Mapping[str, float]]
Warning = dict[str, str]


def of_data(data: Dataset) -> list[Warning]:
    """That the data is made."""
    if not data.synthetic:
        return []
    return [
        _warning("synthetic", "the data is generated: no figure here says anything about a real data set")
    ]


def of_result(name: str, test: Values, valid: Values, select: str, lower: bool) -> list[Warning]:
    """test, valid: values of the method `name` and of its baselines. lower: less is better, and then only
    the simple methods are looked at."""
    found = [_behind(name, test, select, lower)]
    if not lower:
        found += [_beyond(name, test, valid, select), _perfect(name, test, select)]
    return [warning for warning in found if warning]


def of_ranking(name: str, rows: Values, select: str, lower: bool, causes: Sequence[str]) -> list[Warning]:
    """The same of a ranking that another tool wrote. causes: what may be the matter with its file."""
    found = [_behind(name, rows, select, lower, causes)]
    if not lower:
        found.append(_perfect(name, rows, select, "look at what it was trained on: the train part alone?"))
    return [warning for warning in found if warning]


def _behind(
    name: str, test: Values, select: str, lower: bool, causes: Sequence[str] = TRAINING
) -> Warning | None:
    simple = next((n for n in SIMPLE if n in test), None)
    if simple is None:
        return None
    own, base = test[name][select], test[simple][select]
    if (own < base) if lower else (own > base):
        return None
    return _warning(
        f"not-ahead-of-{simple}",
        f"{name} is not ahead of {simple} in {select}; likely causes: {listed(causes)}",
    )


def listed(causes: Sequence[str]) -> str:
    """`a, b, or c`."""
    *most, last = causes
    return f"{', '.join(most)}{',' if len(most) > 1 else ''} or {last}" if most else last


def ratio(test: Mapping[str, float], valid: Mapping[str, float], select: str) -> float | None:
    """Test over validation; None where there is nothing to divide."""
    below = valid.get(select, 0.0)
    return test[select] / below if below > 0 and select in test else None


def beyond(name: str, test: Values, valid: Values, select: str) -> tuple[float, float, float] | None:
    """How far test is above validation: of the method, of the baselines (1 where there is none), and how
    many times further the first may be; None where it can't be said."""
    own = ratio(test[name], valid.get(name, {}), select)
    others = [ratio(test[n], valid.get(n, {}), select) for n in test if n != name]
    known = [r for r in others if r]
    if own is None:
        return None
    return (own, median(known), BEYOND) if known else (own, 1.0, ALONE)


def _beyond(name: str, test: Values, valid: Values, select: str) -> Warning | None:
    found = beyond(name, test, valid, select)
    if found is None or found[0] <= found[1] * found[2]:
        return None
    return _warning(
        "test-beyond-validation",
        f"{name} reaches {found[0]:.1f} times its validation {metric_title(select)} on test, the baselines "
        f"{found[1]:.1f} times theirs; likely causes: test interactions in what it was fitted on, a plugin "
        f"that reads the data files, or few users to judge by; {FURTHER}",
    )


def _perfect(name: str, test: Values, select: str, look: str = FURTHER) -> Warning | None:
    others = [values[select] for n, values in test.items() if n != name]
    own = test[name][select]
    if own < PERFECT or not others or max(others) > own / 2:
        return None
    return _warning(
        "too-good",
        f"{name} reaches {own:.2f} {metric_title(select)}, the best baseline {max(others):.2f}; results like "
        f"that come from knowing the held-out items far more often than from a better method; {look}",
    )


def severe(warning: Any) -> bool:
    """Whether a warning of `metrics.json` is one to be shown in red."""
    return isinstance(warning, Mapping) and warning.get("code") in SEVERE


def _warning(code: str, message: str) -> Warning:
    return {"code": code, "message": message}
