"""Bars: the method beside the simple ones, one panel for each metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recbox.evaluate import metric_title
from recbox.report.document import Document

WIDTH, ROW, LEFT, RIGHT = 440, 30, 150, 372
PANELS = 4
LETTERS = 16
"""Letters of a method's name that fit beside its bar, in bold too."""


@dataclass(frozen=True)
class Bar:
    """name is cut to what fits; whole is all of it."""

    name: str
    whole: str
    value: str
    y: int
    width: float
    own: bool
    best: bool


@dataclass(frozen=True)
class Panel:
    """One metric. height: of the drawing."""

    key: str
    title: str
    text: str
    height: int
    bars: tuple[Bar, ...]


def panels(document: Document) -> list[Panel]:
    """The metric that selects, then others at the same cut-off; none without something to compare."""
    methods = document.methods()
    if len(methods) < 2:
        return []
    return [_panel(document, metric, number) for number, metric in enumerate(_chosen(document))]


def _chosen(document: Document) -> list[str]:
    own = next(iter(document.methods().values()))
    select, cutoff = document.select, document.select.partition("@")[2]
    same = [m for m in own if m != select and m.partition("@")[2] == cutoff]
    return [m for m in (select, *same) if m in own][:PANELS]


def _panel(document: Document, metric: str, number: int) -> Panel:
    methods = {name: values[metric] for name, values in document.methods().items() if metric in values}
    less = ", less is better" if document.is_lower(metric) else ""
    shown = {name: f"{value:.4f}" for name, value in methods.items()}
    own, best = next(iter(methods), ""), document.best(metric)
    return panel(f"bar{number}", f"{metric_title(metric)}{less}", methods, shown, own, best)


def panel(
    key: str,
    title: str,
    values: Mapping[str, float],
    shown: Mapping[str, str],
    own: str,
    best: float | None,
    *,
    length: float = RIGHT - LEFT,
    letters: int = LETTERS,
) -> Panel:
    """Bars of values, by name; shown: how each is written. own: the one in colour. best: the value that is
    written in bold. length: of the longest bar."""
    top = max(0.0, *values.values(), 1e-12)
    bars = tuple(
        Bar(
            name if len(name) <= letters else f"{name[: letters - 1]}…", name, shown[name], ROW * row,
            round(max(value, 0.0) / top * length, 2), name == own, value == best,
        )
        for row, (name, value) in enumerate(values.items())
    )  # fmt: skip
    text = "; ".join(f"{name} {shown[name]}" for name in values) + "."
    return Panel(key, title, text, ROW * len(bars), bars)
