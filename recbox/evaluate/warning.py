"""What a result is warned of: it means nothing, it is bad, or it is too good to be true."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from recbox.data import Dataset
from recbox.evaluate.sentence import metric_title

SIMPLE = ("popularity", "bias", "random", "click-rate")
"""Methods that everybody has to be ahead of: of rankings and clicks, of weights, of cold candidates, and of
probabilities."""
SEVERE = frozenset({*(f"not-ahead-of-{name}" for name in SIMPLE), "test-beyond-validation", "too-good"})
"""Codes that are shown in red, on a terminal and in the report."""
BEYOND = 2.0
"""How many times further a method's test may be above its validation than the baselines' are."""
ALONE = 4.0
"""The same for a method that stands beside no baseline: parts of a split differ in difficulty."""
PERFECT = 0.9
"""A value this near to the best possible is looked at where the baselines reach less than half of it."""
CHANCE = {"auc": 0.5, "gauc": 0.5}
"""What knowing nothing gives, where that isn't 0."""
SMALL = 0.25
"""An error below this share of the best baseline's is looked at."""
UNTOLD = frozenset({"calibration-error"})
"""Errors that may be next to nothing without any knowledge of single pairs."""
TRAINING = ("too few epochs", "a learning rate far off", "too little data to personalise")
"""Why a method that was trained here may not be ahead of popularity."""
FITTING = ("options far off", "too little data to personalise")
"""The same of one that is fitted at one go."""
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


def of_result(
    name: str, test: Values, valid: Values, select: str, lower: bool, trained: bool = True
) -> list[Warning]:
    """test, valid: values of the method `name` and of its baselines. lower: less is better. trained: in
    epochs."""
    found = [_behind(name, test, select, lower, TRAINING if trained else FITTING)]
    found += [_beyond(name, test, valid, select, lower), _perfect(name, test, select, lower)]
    return [warning for warning in found if warning]


def of_ranking(name: str, rows: Values, select: str, lower: bool, causes: Sequence[str]) -> list[Warning]:
    """The same of a ranking that another tool wrote. causes: what may be the matter with its file."""
    look = "look at what it was trained on: the train part alone?"
    found = [_behind(name, rows, select, lower, causes), _perfect(name, rows, select, lower, look)]
    return [warning for warning in found if warning]


def _behind(name: str, test: Values, select: str, lower: bool, causes: Sequence[str]) -> Warning | None:
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


def ratio(
    test: Mapping[str, float], valid: Mapping[str, float], select: str, lower: bool = False
) -> float | None:
    """How many times better test is than validation: test over validation, or of errors validation over
    test; None where there is nothing to divide."""
    if select not in test or select not in valid:
        return None
    above, below = (valid[select], test[select]) if lower else (test[select], valid[select])
    if below > 0:
        return above / below
    return math.inf if lower and above > 0 else None


def beyond(
    name: str, test: Values, valid: Values, select: str, lower: bool = False
) -> tuple[float, float, float] | None:
    """How many times better than validation test is: of the method, of the baselines (1 where there is
    none), and how many times further the first may be; None where it can't be said."""
    own = ratio(test[name], valid.get(name, {}), select, lower)
    others = [ratio(test[n], valid.get(n, {}), select, lower) for n in test if n != name]
    known = [r for r in others if r]
    if own is None:
        return None
    return (own, median(known), BEYOND) if known else (own, 1.0, ALONE)


def _beyond(name: str, test: Values, valid: Values, select: str, lower: bool) -> Warning | None:
    found = beyond(name, test, valid, select, lower)
    if found is None or found[0] <= found[1] * found[2]:
        return None
    what = f"is {found[0]:.1f} times as good on test as on validation by {metric_title(select)}"
    return _warning(
        "test-beyond-validation",
        f"{name} {what}, the baselines {found[1]:.1f} times; likely causes: test interactions in what "
        f"it was fitted on, a plugin that reads the data files, or few users to judge by; {FURTHER}",
    )


def _perfect(name: str, test: Values, select: str, lower: bool, look: str = FURTHER) -> Warning | None:
    others = [values[select] for n, values in test.items() if n != name]
    if not others or select in UNTOLD:
        return None
    own, best = test[name][select], (min if lower else max)(others)
    chance = CHANCE.get(select, 0.0)
    if lower:
        good = own < SMALL * best
    else:  # of the way from knowing nothing to the best possible
        good = own - chance >= PERFECT * (1 - chance) and best - chance <= (own - chance) / 2
    if not good:
        return None
    return _warning(
        "too-good",
        f"{name} reaches {own:.2f} {metric_title(select)}, the best baseline {best:.2f}; results like "
        f"that come from knowing the held-out items far more often than from a better method; {look}",
    )


def severe(warning: Any) -> bool:
    """Whether a warning of `metrics.json` is one to be shown in red."""
    return isinstance(warning, Mapping) and warning.get("code") in SEVERE


def _warning(code: str, message: str) -> Warning:
    return {"code": code, "message": message}
