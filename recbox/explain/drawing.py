"""An explanation as a drawing: the user, the strongest items, what lies between them and the target."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import polars as pl

from recbox.explain.sentence import named, number

if TYPE_CHECKING:
    from recbox.explain.explanation import Explanation

MOST = 6
"""Nodes of a column."""
ROW, TOP, WIDTH = 44, 30, 720
COLUMN = {"user": 62, "item": 236, "node": 462, "target": 644}
"""Where the middle of each column lies."""
LETTERS = {"user": 16, "item": 26, "node": 22, "target": 20}
THIN, THICK = 1.0, 9.0
STYLE = (
    "svg{color:#1c1c22;background:#fff;font-family:system-ui,sans-serif}"
    "text{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}"
    "@media (prefers-color-scheme:dark){svg{color:#ececf1;background:#16161a}text{stroke:#16161a}}"
)
FOR, AGAINST = "#2a78d6", "#d5552b"
"""Lines of what speaks for the target, and against it; each is told apart from light and dark grounds."""


@dataclass(frozen=True)
class Spot:
    """A node of the drawing. text: cut to what fits; whole: all of it, and what it counts."""

    column: str
    y: float
    text: str
    whole: str

    @property
    def x(self) -> int:
        return COLUMN[self.column]


def drawing(explained: Explanation, *, embedded: bool = False) -> str:
    """One SVG element without script, or reference to anything. embedded: without colours of its own for
    dark and light grounds, for a page that has them, and without a style sheet, which a page may forbid."""
    best = explained.evidence.head(MOST).filter(pl.col("contribution") != 0)
    between = _between(explained.paths, best["item"].to_list())
    rows = max(best.height, between.height, 1)
    middle = TOP + ROW * rows / 2
    user = _spot("user", middle, f"user {explained.user}", "")
    target = _spot("target", middle, named(explained.title, explained.item), number(explained.score))
    items = {
        row["item"]: _spot("item", y, named(row["title"], row["item"]), number(row["contribution"]))
        for y, row in zip(_heights(best.height, rows), best.iter_rows(named=True), strict=True)
    }
    nodes = {
        (row["by"], row["node"]): _spot("node", y, _called(row), number(row["contribution"]))
        for y, row in zip(_heights(between.height, rows), between.iter_rows(named=True), strict=True)
    }
    lines = _lines(explained, best, user, target, items, nodes)
    spots = [user, target, *items.values(), *nodes.values()]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {round(2 * TOP + ROW * rows)}" '
    head += 'role="img" font-size="13">'
    title = f"<title>{_text(f'Why {target.text} for {user.text}')}</title>"
    said = f"<desc>{_text(explained.sentence)}</desc>"
    style = "" if embedded else f"<style>{STYLE}</style>"
    return "".join([head, title, said, style, *lines, *map(_drawn, spots), "</svg>"])


def _between(paths: pl.DataFrame, items: Sequence[object]) -> pl.DataFrame:
    """The strongest nodes between the items and the target, with the sum of what goes over each."""
    some = paths.filter(pl.col("node").is_not_null() & pl.col("item").is_in(items))
    each = some.group_by("by", "node", maintain_order=True).agg(
        pl.col("node_title").first(), pl.col("contribution").sum()
    )
    return each.sort(pl.col("contribution").abs(), descending=True, maintain_order=True).head(MOST)


def _lines(
    explained: Explanation,
    best: pl.DataFrame,
    user: Spot,
    target: Spot,
    items: dict[object, Spot],
    nodes: dict[tuple[str, str], Spot],
) -> list[str]:
    """From the user to items, from these over nodes, and past them, to the target."""
    worth = dict(best.select("item", "contribution").iter_rows())
    top = max([abs(v) for v in worth.values()], default=0.0) or 1.0
    found = [_line(user, items[item], value, top) for item, value in worth.items()]
    onward = dict.fromkeys(nodes, 0.0)
    for row in explained.paths.iter_rows(named=True):
        key = row["by"], row["node"]
        if key in nodes and row["item"] in items:
            found.append(_line(items[row["item"]], nodes[key], row["contribution"], top))
            onward[key] += row["contribution"]
            worth[row["item"]] -= row["contribution"]
    found += [_line(items[item], target, value, top) for item, value in worth.items()]
    return found + [_line(nodes[key], target, value, top) for key, value in onward.items()]


def _line(start: Spot, end: Spot, value: float, top: float) -> str:
    width = THIN + (THICK - THIN) * min(1.0, abs(value) / top)
    colour, dashes = (FOR, "") if value >= 0 else (AGAINST, ' stroke-dasharray="6 4"')
    middle = (start.x + end.x) / 2
    way = f"M{start.x} {start.y:g}C{middle:g} {start.y:g} {middle:g} {end.y:g} {end.x} {end.y:g}"
    return (
        f'<path d="{way}" fill="none" stroke="{colour}" stroke-opacity="0.7" stroke-width="{width:.2f}"'
        f"{dashes}><title>{number(value)}</title></path>"
    )


def _drawn(spot: Spot) -> str:
    return (
        f'<g><title>{_text(spot.whole)}</title><circle cx="{spot.x}" cy="{spot.y:g}" r="5" '
        f'fill="currentColor"/><text x="{spot.x}" y="{spot.y - 10:g}" text-anchor="middle" '
        f'fill="currentColor">{_text(spot.text)}</text></g>'
    )


def _spot(column: str, y: float, text: str, worth: str) -> Spot:
    most = LETTERS[column]
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    return Spot(column, y, cut, f"{text}: {worth}" if worth else text)


def _called(row: dict[str, str]) -> str:
    return named(row["node_title"], row["node"]) if row["node_title"] else f"{row['by']} {row['node']}"


def _heights(count: int, rows: int) -> list[float]:
    """Of so many nodes, in the middle of so many rows."""
    first = TOP + ROW * (rows - count) / 2 + ROW / 2
    return [first + ROW * i for i in range(count)]


def _text(text: str) -> str:
    """As text of the document: nothing in it is markup, steers its direction, or may not stand in XML."""
    bad = {"Cc", "Cf", "Cs", "Cn"}
    return escape("".join("\ufffd" if unicodedata.category(c) in bad else c for c in text))
