"""Learning curves: how the loss, its terms and the validation metric went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recbox.evaluate import metric_title
from recbox.report.axis import Axis, axis, epochs
from recbox.report.document import Document, is_number

WIDTH, HEIGHT = 440, 270
LEFT, RIGHT, TOP, BOTTOM = 54, 424, 14, 226
POINTS = 600
"""Points of a line, at most: more can't be told apart."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A named line as the `d` of an SVG path."""

    name: str
    path: str


@dataclass(frozen=True)
class Curve:
    """A drawing. mark: where the best epoch lies, and what to write there. stages: where a stage begins.
    below: what x counts."""

    key: str
    title: str
    text: str
    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    mark: Point | None = None
    mark_text: str = ""
    stages: tuple[float, ...] = ()
    below: str = "epoch"


def curves(document: Document) -> list[Curve]:
    """The loss, the validation metric, and the terms of the loss; those that the history has."""
    rows = list(zip(_positions(document), document.history))
    select, title = document.select, metric_title(document.select)
    stages = tuple(x for (x, r), (_, q) in zip(rows[1:], rows) if r.get("stage", 0) != q.get("stage", 0))
    loss = [(x, float(r["loss"])) for x, r in rows if is_number(r.get("loss"))]
    drawn = [
        _curve("loss", "Training loss", {"loss": loss}, stages),
        _curve(
            "valid",
            f"Validation {title}",
            {title: _points(rows, "valid", select)},
            stages,
            lower=document.is_lower(select),
        ),
    ]
    names = list(dict.fromkeys(str(t) for _, r in rows for t in r.get("term") or ()))
    if len(names) > 1:
        terms = {name: _points(rows, "term", name) for name in names}
        drawn.append(_curve("term", "Terms of the loss, before their weights", terms, stages))
    return [curve for curve in drawn if curve]


def _points(rows: Sequence[tuple[float, Mapping[str, Any]]], group: str, name: str) -> list[Point]:
    """The values of one name in one mapping of the rows, such as `valid` or `term`."""
    found = [(x, (row.get(group) or {}).get(name)) for x, row in rows]
    return [(x, float(value)) for x, value in found if is_number(value)]


def _positions(document: Document) -> list[float]:
    """Epochs counted through all stages, from 1, whether the history counts from 0 or 1."""
    first = 1.0 if any(row.get("epoch") == 0 for row in document.history) else 0.0
    places: list[float] = []
    before, last, stage = 0.0, 0.0, None
    for row in document.history:
        if stage is not None and row.get("stage", 0) != stage:
            before = last
        epoch = float(row["epoch"]) + first if is_number(row.get("epoch")) else last - before + 1
        stage, last = row.get("stage", 0), before + epoch
        places.append(last)
    return places


def _curve(
    key: str, title: str, series: dict[str, list[Point]], stages: tuple[float, ...], lower: bool | None = None
) -> Curve | None:
    series = {name: points for name, points in series.items() if points}
    every = [p for points in series.values() for p in points]
    if not every:
        return None
    x = epochs(max(p[0] for p in every), LEFT, RIGHT)
    y = axis([p[1] for p in every], BOTTOM, TOP)
    lines = tuple(line(name, points, x, y) for name, points in series.items())
    text = "; ".join(f"{n} from {p[0][1]:.4f} to {p[-1][1]:.4f}" for n, p in series.items())
    mark = None if lower is None else (min if lower else max)(every, key=lambda p: p[1])
    best = "" if mark is None else f"{mark[1]:.4f} at epoch {mark[0]:.0f}"
    text = f"{text}, over {max(p[0] for p in every):.0f} epochs." + (f" Best: {best}." if best else "")
    place = None if mark is None else (x.place(mark[0]), y.place(mark[1]))
    return Curve(key, title, text, x, y, lines, place, best, tuple(x.place(s - 0.5) for s in stages))


def line(name: str, points: Sequence[Point], x: Axis, y: Axis) -> Line:
    """Points joined, in their order."""
    step = max(1, -(-len(points) // POINTS))
    kept = [*points[:-1:step], points[-1]]
    # A line to where it began shows a single point as a dot, for its ends are round.
    places = [(x.place(a), y.place(b)) for a, b in (kept if len(kept) > 1 else kept * 2)]
    return Line(name, "M" + " L".join(f"{a:g},{b:g}" for a, b in places))
