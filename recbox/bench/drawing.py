"""A suite as one SVG file: bars of each sort of figure, and how figures grow, as the report draws them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from recbox.bench import cells
from recbox.report import bars, curve
from recbox.report.axis import axis
from recbox.report.page import environment

HEAD = 40
"""Above each drawing."""
LETTERS = 32


@dataclass(frozen=True)
class Size:
    """Of bars, in the words of their template: names are longer than those of methods in a report."""

    WIDTH: int = 640
    LEFT: int = 250
    RIGHT: int = 500
    ROW: int = bars.ROW


SIZE = Size()


def svg(part: Mapping[str, Any]) -> str:
    """The drawing of a suite's part of a document."""
    panels, y = [], HEAD
    for number, (what, group) in enumerate(groupby(part["row"], key=lambda row: row["what"])):
        panel = _panel(number, what, list(group))
        panels.append((y, panel))
        y += panel.height + HEAD
    curves = []
    for drawing in _curves(part["row"]):
        curves.append((y, drawing))
        y += curve.HEIGHT + HEAD
    page = environment("recbox.bench").get_template("bench.svg.j2")
    return page.render(panels=panels, curves=curves, size=SIZE, curve=curve, height=y - HEAD // 2)


def _panel(number: int, what: str, rows: Sequence[Mapping[str, Any]]) -> bars.Panel:
    """The reference is the bar in colour."""
    values = {row["name"]: row["median"] for row in rows}
    shown = {row["name"]: cells.value(row) for row in rows}
    more = rows[0]["better"] == "more"
    best = (max if more else min)(values.values())
    title = f"{what} ({'more' if more else 'less'} is better; in colour: what is compared with)"
    length = SIZE.RIGHT - SIZE.LEFT
    own = rows[0]["against"]
    return bars.panel(f"b{number}", title, values, shown, own, best, length=length, letters=LETTERS)


def _curves(rows: Sequence[Mapping[str, Any]]) -> list[curve.Curve]:
    """Of figures that have a size: both axes logarithmic."""
    sized = [row for row in rows if "interactions" in row["extra"]]
    return [_growth(what, list(group)) for what, group in groupby(sized, key=lambda row: row["what"])]


def _growth(what: str, rows: Sequence[Mapping[str, Any]]) -> curve.Curve:
    points = [(math.log10(row["extra"]["interactions"]), math.log10(row["median"])) for row in rows]
    x = axis([p[0] for p in points], curve.LEFT, curve.RIGHT, whole=True, power=True)
    y = axis([p[1] for p in points], curve.BOTTOM, curve.TOP, whole=True, power=True)
    text = "; ".join(f"{row['name']} {cells.value(row)}" for row in rows) + "."
    title = f"{what}, {rows[0]['unit']}"
    lines = (curve.line(what, points, x, y),)
    return curve.Curve(f"g-{what.replace(' ', '-')}", title, text, x, y, lines, below="interactions")
