"""The map of items as a drawing: each group a colour and a shape, so that it is told apart in grey too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recbox.report.embedding import Map

WIDTH, HEIGHT, EDGE = 640, 440, 16
SHAPES = "●■▲◆✚✕"
LABELS, LETTERS, LETTER, LINE = 14, 22, 6.4, 15
"""Names on the drawing, at most; letters of one; how wide and high they are, about."""
GROWN = 1.7
"""How many times as large names are on a phone."""
RADIUS = (2.2, 3.0, 4.2)


@dataclass(frozen=True)
class Marks:
    """All marks of one group and size, as the `d` of a path. number: of the group; width: of the stroke."""

    number: int
    shape: int
    width: float
    path: str


@dataclass(frozen=True)
class Label:
    """small: whether it has room on a phone too."""

    text: str
    x: float
    y: float
    anchor: str
    small: bool


@dataclass(frozen=True)
class Scatter:
    """The drawing of a map. keys: shape and name of each group."""

    title: str
    text: str
    marks: tuple[Marks, ...]
    labels: tuple[Label, ...]
    keys: tuple[tuple[str, str], ...]


def scatter(found: Map) -> Scatter:
    """The map, both directions to one scale."""
    x, y = _placed(found.place)
    count = np.bincount(found.group, minlength=len(found.groups))
    named = ", ".join(f"{name} ({n:,})" for name, n in zip(found.groups, count))
    share = " and ".join(f"{100 * e:.1f} %" for e in found.explained)
    text = (
        f"{len(found.item):,} of {found.total:,} items. The two directions hold {share} of the variance. "
        f"By {found.by}: {named}."
    )
    keys = tuple((SHAPES[_shape(n, found)], name) for n, name in enumerate(found.groups))
    return Scatter("Items by their vectors", text, tuple(_marks(found, x, y)), _labels(found, x, y), keys)


def _placed(place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = place.min(0), place.max(0)
    scale = min(
        (WIDTH - 2 * EDGE) / max(high[0] - low[0], 1e-9), (HEIGHT - 2 * EDGE) / max(high[1] - low[1], 1e-9)
    )
    x, y = ((place - (low + high) / 2) * scale).T
    return np.round(WIDTH / 2 + x, 1), np.round(HEIGHT / 2 - y, 1)


def _shape(number: int, found: Map) -> int:
    """The last shape is that of the rest."""
    return 5 if found.groups[number] == "other" and number == len(found.groups) - 1 else number


def _marks(found: Map, x: np.ndarray, y: np.ndarray) -> Iterator[Marks]:
    for number in range(len(found.groups)):
        for size in range(3):
            rows = np.flatnonzero((found.group == number) & (found.size == size))
            if len(rows):
                shape = _shape(number, found)
                r = RADIUS[size]
                path = "".join(_mark(shape, r, a, b) for a, b in zip(x[rows], y[rows]))
                yield Marks(number, shape, (2 * r, 1.7 * r)[shape] if shape <= 1 else 1.6, path)


def _mark(shape: int, r: float, x: float, y: float) -> str:
    """Circles and squares are ends of a line without length; the others are outlines."""
    if shape <= 1:
        return f"M{x:g},{y:g}h0"
    r, d = round(1.2 * r, 1), round(2.4 * r, 1)
    if shape == 2:
        return f"M{x:g},{y - r:.4g}l{r:g},{d:g}h{-d:g}z"
    if shape == 3:
        return f"M{x:g},{y - r:.4g}l{r:g},{r:g}l{-r:g},{r:g}l{-r:g},{-r:g}z"
    if shape == 4:
        return f"M{x - r:.4g},{y:g}h{d:g}M{x:g},{y - r:.4g}v{d:g}"
    return f"M{x - r:.4g},{y - r:.4g}l{d:g},{d:g}m{-d:g},0l{d:g},{-d:g}"


def _labels(found: Map, x: np.ndarray, y: np.ndarray) -> tuple[Label, ...]:
    """Titles of the most popular items, where they don't lie on each other."""
    near, far = _Room(1.0), _Room(GROWN)
    made: list[Label] = []
    for a, b, title in zip(x.tolist(), y.tolist(), found.title):
        text = title if len(title) <= LETTERS else f"{title[: LETTERS - 1]}…"
        left = a > WIDTH / 2
        if text and near.takes(a, b, text, left):
            anchor, small = ("end" if left else "start"), far.takes(a, b, text, left)
            made.append(Label(text, a + (-7 if left else 7), round(b + 4, 1), anchor, small))
        if len(made) == LABELS:
            break
    return tuple(made)


class _Room:
    """Where names stand, in letters `scale` times as large."""

    def __init__(self, scale: float) -> None:
        self.letter, self.line = scale * LETTER, scale * LINE
        self.taken: list[tuple[float, float, float]] = []

    def takes(self, x: float, y: float, text: str, left: bool) -> bool:
        """Whether the name fits beside a mark; then its place is taken."""
        wide = self.letter * len(text)
        start = x - 7 - wide if left else x + 7
        free = all(abs(y - v) > self.line or start > w or start + wide < u for u, w, v in self.taken)
        fits = free and start > 0 and start + wide < WIDTH
        if fits:
            self.taken.append((start, start + wide, y))
        return fits
