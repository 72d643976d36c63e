"""The three tables that people read, as text: methods, pairs, segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recbox.comparison.method import Method
from recbox.comparison.words import number, p_value
from recbox.evaluate import metric_title
from recbox.evaluate.significance import Interval

if TYPE_CHECKING:
    from recbox.comparison.comparing import Comparison

CAPTION = (
    "Means with the half width of the 95 % interval over seeds (any: the same with every seed); "
    "bold where better than every other method, with Holm's correction."
)
LISTS = " One: a single ranking of another tool, whose luck with its seed isn't in any test here."
NONE = "-"
MANY = 3
"""Methods beyond which segments are shown for the best one beside each other, not for all pairs."""


@dataclass(frozen=True)
class Cell:
    """best: to be set in bold."""

    text: str
    best: bool = False


@dataclass(frozen=True)
class Table:
    """head: the columns' titles; the first column of rows is a name."""

    head: list[str]
    rows: list[list[Cell]]


def caption(comparison: Comparison) -> str:
    """What stands below the table of means."""
    return CAPTION + (LISTS if any(m.one_list for m in comparison.methods) else "")


def means(comparison: Comparison) -> Table:
    """A method a row: number of runs, and each metric's mean ± half its interval."""
    best = {metric: comparison.best(metric) for metric in comparison.metrics}
    titles = [title(comparison, m) for m in comparison.metrics]
    rows = []
    for method in comparison.methods:
        cells = [Cell(_mean(method, m), best[m] is method) for m in comparison.metrics]
        rows.append([Cell(method.label), Cell(_runs(method)), *cells])
    return Table(["method", "seeds", *titles], rows)


def pairs(comparison: Comparison, told: bool = False) -> Table:
    """A pair a row: difference, interval, p, p after Holm, effect, users who gain and lose, verdict. told:
    those alone of which a sentence is told."""
    head = ["pair", "metric", "verdict", "difference", "95 % interval", "p", "Holm", "effect", "gain / lose"]
    rows = []
    for pair in comparison.told_pairs if told else comparison.pairs:
        share = f"{pair.effect.better:.0%} / {pair.effect.worse:.0%}".replace("%", " %")
        texts = [
            f"{pair.one.label} \N{MINUS SIGN} {pair.other.label}", title(comparison, pair.metric),
            pair.verdict, number(pair.difference), between(pair.interval), _p(pair.p), _p(pair.holm),
            number(pair.effect.standardised, 2), share,
        ]  # fmt: skip
        rows.append([Cell(text, pair.real and text == pair.verdict) for text in texts])
    return Table(head, rows)


def segments(comparison: Comparison) -> Table:
    """The main metric's differences within each segment; of many methods those of the leading one."""
    main, leader = comparison.metrics[0], comparison.leading(comparison.metrics[0]).label
    some = [s for s in comparison.segments if s.metric == main]
    if len(comparison.methods) > MANY:
        some = [s for s in some if leader in (s.one, s.other)]
    rows = [
        [
            Cell(s.name), Cell(f"{s.one} \N{MINUS SIGN} {s.other}"), Cell(f"{s.users:,}"),
            *(Cell(number(mean)) for mean in s.means), Cell(number(s.difference)),
            Cell(s.lacking or between(s.interval)),
        ]
        for s in some
    ]  # fmt: skip
    return Table(["segment", "pair", "users", "first", "second", "difference", "95 % interval"], rows)


def lists(comparison: Comparison) -> list[str]:
    """Of each ranking of another tool: its file, and what was odd in it."""
    said = []
    for method in comparison.methods:
        for one in method.lists:
            odd = "; ".join(one.oddities.lines()) or "nothing odd"
            said.append(f"{method.label} ({one.where}): {one.oddities.rows:,} rows; {odd}")
    return said


def title(comparison: Comparison, metric: str) -> str:
    """`NDCG@20`, with an arrow where less is better."""
    return metric_title(metric) + (" ↓" if metric in comparison.lower_is_better else "")


def between(interval: Interval | None) -> str:
    """`0.0012 to 0.0093`."""
    return NONE if interval is None else f"{number(interval.low)} to {number(interval.high)}"


def _mean(method: Method, metric: str) -> str:
    interval = method.interval(metric)
    text = number(float(method.means(metric).mean()))
    return text if interval is None else f"{text} ± {interval.half:.4f}"


def _runs(method: Method) -> str:
    return str(method.size) if method.draws else "one" if method.lists else "any"


def _p(p: float | None) -> str:
    return p_value(p).removeprefix("= ")
