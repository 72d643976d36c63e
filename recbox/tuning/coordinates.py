"""Parallel coordinates: an upright axis for each path and one for the value, and a line for each trial."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from recbox.api.check import tried
from recbox.report.axis import axis

if TYPE_CHECKING:
    from recbox.recipe.blocks import Range
    from recbox.recipe.recipe import Space
    from recbox.tuning.book import Row
    from recbox.tuning.outcome import Searched

GAP, MARGIN, TOP, BOTTOM = 150, 72, 34, 270
LINES = 300
"""Lines at most: the best ones, for more can't be told apart."""
LETTERS = 18


@dataclass(frozen=True)
class Rail:
    """An upright axis. ticks: (place, text)."""

    x: int
    title: str
    whole: str
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Thread:
    """A trial's line. shade: 0 for the best third, 1, 2; None for the best of all."""

    title: str
    path: str
    shade: int | None


@dataclass(frozen=True)
class Drawing:
    key: str
    width: int
    height: int
    text: str
    rails: tuple[Rail, ...]
    threads: tuple[Thread, ...]
    """The best one last, so that it lies on top."""


def drawing(arm: Searched, number: int) -> Drawing | None:
    """Of the trials that ended well; None with fewer than two of them, or nothing that was searched."""
    rows = arm.ranked[:LINES]
    if len(rows) < 2 or not arm.spaces:
        return None
    places: list[Callable[[Row], float]] = []
    rails: list[Rail] = []
    for path, space in arm.spaces.items():
        place, marks = _scale(space)
        places.append(partial(_placed, place, path))
        rails.append(Rail(_x(len(rails)), _cut(path), f"{path}: {tried(space)}", tuple(marks)))
    y = axis([row.value or 0.0 for row in rows], BOTTOM, TOP)
    places.append(lambda row: y.place(row.value or 0.0))
    ticks = tuple((y.place(tick), y.label(tick)) for tick in y.ticks)
    rails.append(Rail(_x(len(rails)), arm.select, f"{arm.select} on validation", ticks))
    threads = [_thread(row, rank, len(rows), places, arm.select) for rank, row in enumerate(rows)]
    text = f"{len(rows)} trials; the best: {_settings(rows[0].settings)}, {arm.select} {rows[0].value:.4f}."
    width = _x(len(rails) - 1) + MARGIN + 30
    return Drawing(f"par{number}", width, BOTTOM + 20, text, tuple(rails), tuple(reversed(threads)))


def _placed(place: Callable[[Any], float], path: str, row: Row) -> float:
    return place(row.settings[path])


def _x(number: int) -> int:
    return MARGIN + GAP * number


def _thread(row: Row, rank: int, count: int, places: Sequence[Callable[[Row], float]], select: str) -> Thread:
    points = " L".join(f"{_x(i)},{place(row):g}" for i, place in enumerate(places))
    title = f"trial {row.number}: {_settings(row.settings)}, {select} {row.value:.4f}"
    return Thread(title, f"M{points}", None if rank == 0 else min(2, rank * 3 // count))


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{path} {written(value)}" for path, value in settings.items())


def written(value: Any) -> str:
    """A value of a setting for people."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(str(v) if k == "use" else f"{k} {written(v)}" for k, v in value.items())
    if isinstance(value, list):
        return f"[{'; '.join(map(written, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def _scale(space: Space) -> tuple[Callable[[Any], float], list[tuple[float, str]]]:
    """Where a value lies on its rail, and what is written there."""
    if space.range is None:
        names = [written(choice) for choice in space.choices]
        step = (BOTTOM - TOP) / max(1, len(names) - 1)
        at = {name: round(BOTTOM - step * i, 2) for i, name in enumerate(names)}
        return lambda value: at[written(value)], [(place, _begun(name)) for name, place in at.items()]
    if space.range.by in ("log", "log-int"):
        return _log(space.range)
    scale = axis([space.range.low, space.range.high], BOTTOM, TOP, whole=space.range.by == "int")
    return scale.place, [(scale.place(tick), scale.label(tick)) for tick in scale.ticks]


def _log(span: Range) -> tuple[Callable[[float], float], list[tuple[float, str]]]:
    low, high = math.log10(span.low), math.log10(span.high)

    def place(value: float) -> float:
        return round(BOTTOM - (math.log10(value) - low) / (high - low) * (BOTTOM - TOP), 2)

    tens = [10.0**n for n in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)]
    ends = [end for end in (span.low, span.high) if all(abs(place(end) - place(t)) > 14 for t in tens)]
    return place, [(place(tick), f"{tick:g}") for tick in sorted([*tens, *ends])]


def _begun(text: str) -> str:
    """The same of a choice: its beginning says which method it is."""
    return text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"


def _cut(text: str) -> str:
    """A text that fits beside a rail: its end says most of a path."""
    return text if len(text) <= LETTERS else f"…{text[1 - LETTERS :]}"
