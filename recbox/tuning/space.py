"""Spaces as Optuna knows them, and as a grid that can be counted."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from recbox.recipe.blocks import Range
from recbox.recipe.recipe import Space

Spaces = Mapping[str, Space]


def label(value: Any) -> str:
    """A choice as the journal holds it: texts as they are, all else as JSON; never the same for two."""
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        json.loads(value)
    except ValueError:
        return value
    return json.dumps(value)


def distribution(space: Space) -> BaseDistribution:
    """Choices by their labels; a range that ends on one of its steps."""
    span = space.range
    if span is None:
        return CategoricalDistribution([label(choice) for choice in space.choices])
    if span.by in ("int", "log-int"):
        step = int(span.step or 1)
        low = int(span.low)
        high = low + (int(span.high) - low) // step * step
        return IntDistribution(low, high, log=span.by == "log-int", step=step)
    if span.step is None:
        return FloatDistribution(span.low, span.high, log=span.by == "log")
    return FloatDistribution(span.low, _stepped(span.low, span.step, _steps(span)), step=span.step)


def settings(spaces: Spaces, params: Mapping[str, Any]) -> dict[str, Any]:
    """What the journal's params mean in the recipe, by path."""
    return {path: _meant(space, params[path]) for path, space in spaces.items()}


def _meant(space: Space, param: Any) -> Any:
    if space.range is not None:
        return param
    return next(choice for choice in space.choices if label(choice) == param)


def size(spaces: Spaces) -> int | None:
    """How many settings there are; None where a range has no steps."""
    counts = [_count(space) for space in spaces.values()]
    return None if None in counts else math.prod(c for c in counts if c is not None)


def _count(space: Space) -> int | None:
    span = space.range
    if span is None:
        return len(space.choices)
    if span.by in ("int", "log-int"):
        return (int(span.high) - int(span.low)) // int(span.step or 1) + 1
    return None if span.step is None else _steps(span) + 1


def _steps(span: Range) -> int:
    """Steps of a stepped range of numbers; its end counts where it is missed by rounding alone."""
    return math.floor((span.high - span.low) / (span.step or math.inf) + 1e-9)


def _stepped(low: float, step: float, number: int) -> float:
    """low + number · step, as short as it would be written."""
    return float(f"{low + number * step:.12g}")


def snapped(spaces: Spaces, params: Mapping[str, Any]) -> dict[str, Any]:
    """Drawn params, with the steps of ranges written as `nth` writes them."""
    done = dict(params)
    for path, space in spaces.items():
        span = space.range
        if span is not None and span.by == "linear" and span.step is not None:
            done[path] = _stepped(span.low, span.step, round((params[path] - span.low) / span.step))
    return done


def nth(spaces: Spaces, number: int) -> dict[str, Any]:
    """Params of one setting of a grid; the last path changes fastest."""
    params: dict[str, Any] = {}
    for path, space in reversed(list(spaces.items())):
        count = _count(space)
        if count is None:
            raise ValueError(f"{path} has no steps")
        number, place = divmod(number, count)
        params[path] = _value(space, place)
    return {path: params[path] for path in spaces}


def _value(space: Space, place: int) -> Any:
    span = space.range
    if span is None:
        return label(space.choices[place])
    if span.by in ("int", "log-int"):
        return int(span.low) + place * int(span.step or 1)
    return _stepped(span.low, span.step or 0.0, place)
