"""What the page shows of a portrait: thirds as bars and a table, the spread over the catalogue as a curve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from recbox.evaluate import Third, metric_title
from recbox.report import bars, curve
from recbox.report.axis import axis
from recbox.report.document import Document, is_number
from recbox.report.facts import Cell, Facts, Table, count, mebibytes, number, seconds
from recbox.report.portrait import Portrait
from recbox.report.spread import HEAD, RECOMMENDED, Spread

SOUGHT = "of users who have such items to find, these alone counting as relevant"
PHASES = {"read": "reading", "fit": "training", "evaluate": "test", "baseline": "simple methods"}
SORTS = {"activity": "users", "popularity": "items"}


def panels(document: Document, portrait: Portrait) -> list[bars.Panel]:
    """The metric that selects, in the thirds of users and of items, beside that of all."""
    metric = document.select
    return [
        _panel(document, key, sort, thirds)
        for key, sort, thirds in _parts(portrait)
        if metric in document.values(document.metrics) and all(metric in t.values for t in thirds)
    ]


def _panel(document: Document, key: str, sort: str, thirds: Sequence[Third]) -> bars.Panel:
    metric = document.select
    values = {"all": document.values(document.metrics)[metric]}
    values |= {name: t.values[metric] for name, t in zip(_names(thirds, sort), thirds)}
    by = "training interactions" if sort == "users" else "training users"
    title = f"{metric_title(metric)} of {sort} by their {by}"
    shown = {name: f"{value:.4f}" for name, value in values.items()}
    return bars.panel(key, title, values, shown, "all", None)


def table(document: Document, portrait: Portrait) -> Table | None:
    """Metrics of users in every third, those with the cut-off of the one that selects."""
    thirds = [(sort, t) for _, sort, part in _parts(portrait) for t in part]
    cutoff = document.select.partition("@")[2]
    every = dict.fromkeys(m for _, t in thirds for m in t.values if m.partition("@")[2] == cutoff)
    if not every:
        return None
    names = [name for _, sort, part in _parts(portrait) for name in _names(part, sort)]
    rows = [
        (f"{sort}, {name}", [*_sizes(third), *(Cell(number(third.values.get(m))) for m in every)])
        for name, (sort, third) in zip(names, thirds)
    ]
    judged, what = ("pairs", "their pairs") if document.part("pairs") else ("users", SOUGHT)
    caption = (
        "Test values of users by how many training interactions they have, and of items by how many users "
        f"have them in training: {what}."
    )
    return Table(caption, ["how many", f"{judged} judged", *map(metric_title, every)], rows, "third")


def _sizes(third: Third) -> list[Cell]:
    return [Cell(count(third.size)), Cell(count(third.judged))]


def _parts(portrait: Portrait) -> Iterable[tuple[str, str, Sequence[Third]]]:
    found = {"activity": portrait.activity, "popularity": portrait.popularity}
    return [(key, SORTS[key], thirds) for key, thirds in found.items() if thirds]


def _names(thirds: Sequence[Third], sort: str) -> list[str]:
    """`up to 31`, `32 to 112`, `113 and more`."""
    names = [f"{t.low:,} to {t.high:,}" if t.low < t.high else f"{t.low:,}" for t in thirds]
    first = f"up to {thirds[0].high:,}" if thirds[0].high else "none"
    return [first, *names[1:-1], f"{thirds[-1].low:,} and more"]


def coverage(document: Document, found: Spread) -> Facts:
    """How much of the catalogue is shown, and how evenly."""
    share = 100 * found.shown / max(found.items, 1)
    gini = document.values(document.metrics).get(f"gini@{found.k}")
    shown = (f"items in a list of {found.k}", f"{found.shown:,} of {found.items:,} ({share:.1f} %)")
    return [shown, *([("Gini of the lists", f"{gini:.3f}")] if gini is not None else [])]


def favoured(document: Document, found: Spread) -> Table:
    """How popular items are that are recommended, by the method and by those beside it, and that users
    took."""
    own = next(iter(document.methods()), document.name)
    rows = [(own, _popular(found.document())), *_beside(document, found.k)]
    rows += [
        (name, _popular({"mean": mean, "head": found.head[name]}))
        for name, mean in found.popularity.items()
        if name != RECOMMENDED
    ]
    head = ["mean users of an item", f"most popular {100 * HEAD:.0f}\u00a0%", "items shown"]
    caption = (
        f"Lists of {found.k}, and what users took: how many users an item has in training, and which share "
        f"goes to the most popular {100 * HEAD:.0f} % of the items."
    )
    return Table(caption, head, rows, "by")


def _beside(document: Document, k: int) -> Iterable[tuple[str, list[Cell]]]:
    """The baselines whose lists were looked at, in the order of the methods."""
    entries = document.part("baseline")
    for name in document.methods():
        entry = entries.get(name)
        noted = entry.get("popularity") if isinstance(entry, Mapping) else None
        if isinstance(noted, Mapping) and noted.get("k") == k:
            yield name, _popular(noted)


def _popular(found: Mapping[str, Any]) -> list[Cell]:
    mean, head, shown = (found.get(name) for name in ("mean", "head", "shown"))
    return [
        Cell(f"{mean:,.1f}" if is_number(mean) else "–"),
        Cell(f"{100 * head:.1f} %" if is_number(head) else "–"),
        Cell(count(shown) if is_number(shown) else ""),
    ]


def favour(found: Spread) -> curve.Curve:
    """What share the most popular items have: of lists, of what users took in test, and in training."""
    x = axis([0.0, 100.0], curve.LEFT, curve.RIGHT)
    y = axis([0.0, 100.0], curve.BOTTOM, curve.TOP)
    lines = tuple(curve.line(name, points, x, y) for name, points in found.lines.items())
    head = "; ".join(f"{name} {100 * value:.1f} %" for name, value in found.head.items())
    text = f"The most popular {100 * HEAD:.0f} % of the items have of what is {head}."
    title = "Share of the most popular items, %"
    return curve.Curve("favour", title, text, x, y, lines, below="% of the catalogue, most popular first")


def phases(document: Document) -> list[bars.Panel]:
    """Where the time went, and how much memory that took, as far as the run says."""
    return [
        panel
        for panel in (
            _phases(document, "time", "_s", "Time by phase", seconds),
            _phases(document, "memory", "_mib", "Most memory held until the end of each phase", mebibytes),
        )
        if panel is not None
    ]


def _phases(
    document: Document, part: str, unit: str, title: str, told: Callable[[float], str]
) -> bars.Panel | None:
    found = document.part(part)
    values = {
        name: float(found[key + unit]) for key, name in PHASES.items() if is_number(found.get(key + unit))
    }
    if len(values) < 2:
        return None
    shown = {name: told(value) for name, value in values.items()}
    return bars.panel(f"phase-{part}", title, values, shown, "training", None)
