"""A figure: the median of its rounds, their spread, and how it stands beside a named reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recbox.bench.timing import Timed


@dataclass(frozen=True)
class Figure:
    """What was measured of whom. more: more is better. extra: what else is known of it, by heading."""

    name: str
    rounds: Timed
    unit: str = "ms"
    more: bool = False
    extra: Mapping[str, float | None] = field(default_factory=dict)


def rows(what: str, figures: Sequence[Figure], against: str) -> list[dict[str, Any]]:
    """Figures of one sort as rows of a document, each beside the one that is called `against`.

    A row: `what, name, unit, better, median, q1, q3, rounds, ratio, ratio_q1, ratio_q3, against, extra`.
    better: `less` or `more`. q1, q3: quartiles. ratio: how many times as much as the reference: the median of
    the rounds' own ratios, with their quartiles.
    """
    beside = next(f.rounds for f in figures if f.name == against)
    return [_row(what, figure, beside, against) for figure in figures]


def _row(what: str, figure: Figure, beside: Timed, against: str) -> dict[str, Any]:
    ratio = figure.rounds.over(beside)
    (low, high), (ratio_low, ratio_high) = figure.rounds.quartiles, ratio.quartiles
    values = {"median": figure.rounds.ms, "q1": low, "q3": high}
    ratios = {"ratio": ratio.ms, "ratio_q1": ratio_low, "ratio_q3": ratio_high}
    return {
        "what": what,
        "name": figure.name,
        "unit": figure.unit,
        "better": "more" if figure.more else "less",
        **{key: short(value) for key, value in values.items()},
        "rounds": len(figure.rounds.rounds),
        **{key: short(value) for key, value in ratios.items()},
        "against": against,
        "extra": {key: value if value is None else short(value) for key, value in figure.extra.items()},
    }


def short(value: float) -> float:
    """Five digits: more would be noise."""
    return float(f"{value:.5g}")
