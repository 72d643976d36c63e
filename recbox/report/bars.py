"""Bars: the method beside the simple ones, one panel for each metric."""

from __future__ import annotations

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
    top, best = max(0.0, *methods.values(), 1e-12), document.best(metric)
    bars = tuple(
        Bar(
            name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…", name, f"{value:.4f}", ROW * row,
            round(max(value, 0.0) / top * (RIGHT - LEFT), 2), row == 0, value == best,
        )
        for row, (name, value) in enumerate(methods.items())
    )  # fmt: skip
    less = ", less is better" if document.is_lower(metric) else ""
    text = "; ".join(f"{name} {value:.4f}" for name, value in methods.items()) + "."
    return Panel(f"bar{number}", f"{metric_title(metric)}{less}", text, ROW * len(bars), bars)
