"""What the page shows of a portrait: thirds as bars and a table, the spread over the catalogue as a curve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recbox.evaluate import Third, metric_title
from recbox.report import bars, curve
from recbox.report.axis import axis
from recbox.report.document import Document, is_number
from recbox.report.facts import Cell, Facts, Table, count, number, seconds
from recbox.report.portrait import Portrait
from recbox.report.spread import HEAD, Spread

SOUGHT = "of users who have such items to find, these alone counting as relevant"
PHASES = {"read_s": "reading", "fit_s": "training", "evaluate_s": "test", "baseline_s": "simple methods"}
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


def favoured(found: Spread) -> Table:
    """How popular items are that are recommended, and that users took."""
    rows = [
        (name, [Cell(f"{mean:,.1f}"), Cell(f"{100 * found.head[name]:.1f} %")])
        for name, mean in found.popularity.items()
    ]
    head = ["mean users of an item", f"from the most popular {100 * HEAD:.0f} %"]
    return Table("Users are those with the item in training.", head, rows, "items")


def favour(found: Spread) -> curve.Curve:
    """What share the most popular items have: of lists, of what users took in test, and in training."""
    x = axis([0.0, 100.0], curve.LEFT, curve.RIGHT)
    y = axis([0.0, 100.0], curve.BOTTOM, curve.TOP)
    lines = tuple(curve.line(name, points, x, y) for name, points in found.lines.items())
    head = "; ".join(f"{name} {100 * value:.1f} %" for name, value in found.head.items())
    text = f"The most popular {100 * HEAD:.0f} % of the items have of what is {head}."
    title = "Share of the most popular items, %"
    return curve.Curve("favour", title, text, x, y, lines, below="% of the catalogue, most popular first")


def phases(document: Document) -> bars.Panel | None:
    """Where the time went, as far as the run says."""
    time = document.part("time")
    values = {name: float(time[key]) for key, name in PHASES.items() if is_number(time.get(key))}
    if len(values) < 2:
        return None
    shown = {name: seconds(value) for name, value in values.items()}
    return bars.panel("phase", "Time by phase", values, shown, "training", None)
