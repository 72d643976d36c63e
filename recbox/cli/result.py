"""The result table: every method beside every metric, the best of each in bold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import click

from recbox.api.touching import said
from recbox.cli.terminal import console, note, safe
from recbox.evaluate.warning import severe

SHOWN = 7
"""Columns of numbers that fit beside a method's name at 80 columns."""


def result_lines(name: str, metrics: Mapping[str, Any], sentence: str) -> None:
    """Print test values of the recipe's method and of the baselines, who was left out, and who won."""
    methods = ranked(name, metrics)
    columns = chosen(list(metrics["test"]))
    lower = frozenset(metrics.get("lower_is_better", ()))
    click.echo(f"\ntest, {_split_facts(metrics)}{_over(metrics, _selected(metrics))}")
    console().print(table(methods, columns, best(methods, columns, lower)))
    if other := over_other(name, metrics):
        click.echo(f"\nthe same{_over(metrics, 'cold' if _selected(metrics) == 'all' else 'all')}")
        console().print(table(other, columns, best(other, columns, lower)))
    for baseline, entry in metrics.get("baseline", {}).items():
        if "left_out" in entry:
            click.echo(f"left out: {safe(baseline)}: {safe(entry['left_out'])}")
    for warning in metrics.get("warning", ()):
        note(f"warning: {safe(warning['message'])}", alarm=severe(warning))
    if metrics.get("data", {}).get("synthetic"):
        click.echo("THE DATA IS SYNTHETIC: these figures say nothing about any real data set.")
    click.echo(safe(sentence))
    if touches := said(metrics.get("ledger")):
        click.echo(f"{touches}.")


def over_other(name: str, metrics: Mapping[str, Any]) -> list[tuple[str, Mapping[str, float]]]:
    """The same methods over the candidates that don't select; nothing where there is one set."""
    if "candidate" not in metrics:
        return []
    which = "cold" if _selected(metrics) == "all" else "all"
    entries = {**metrics.get("baseline", {}), name: metrics}
    rows = [(n, entries[n].get("candidate", {}).get(which, {}).get("test")) for n, _ in ranked(name, metrics)]
    return [(n, values) for n, values in rows if values]


def _selected(metrics: Mapping[str, Any]) -> str:
    return str(metrics.get("candidate", {}).get("by", "all"))


def _over(metrics: Mapping[str, Any], which: str) -> str:
    """How to say over which candidates; nothing where there is one set alone."""
    found = metrics.get("candidate", {}).get(which)
    if found is None:
        return ""
    said = "over the {:,} cold items alone" if which == "cold" else "over all {:,} items"
    return f", {said.format(found['items'])}, {found['users']:,} users judged"


def ranked(name: str, metrics: Mapping[str, Any]) -> list[tuple[str, Mapping[str, float]]]:
    """The recipe's method first, then the baselines, best first by the metric that selects."""
    rows = [(n, entry["test"]) for n, entry in metrics.get("baseline", {}).items() if "test" in entry]
    key = metrics.get("select", "")
    sign = 1 if key.partition("@")[0] in metrics.get("lower_is_better", ()) else -1
    return [(name, metrics["test"]), *sorted(rows, key=lambda row: (sign * row[1].get(key, 0.0), row[0]))]


def chosen(names: Sequence[str], limit: int = SHOWN) -> list[str]:
    """Metrics at k = 20 (or else at the largest k), then those at 10, as many as fit at 80 columns."""
    cutoffs = sorted({int(n.rpartition("@")[2]) for n in names if "@" in n})
    if not cutoffs:
        return list(names)[:limit]
    main = 20 if 20 in cutoffs else cutoffs[-1]
    first = [n for n in names if n.endswith(f"@{main}")]
    more = [n for n in names if n.endswith("@10") and main != 10]
    return [*first, *more][:limit]


def best(
    methods: Sequence[tuple[str, Mapping[str, float]]], columns: Sequence[str], lower: Collection[str] = ()
) -> dict[str, float]:
    """The best value of each column; `lower` names the metrics of which less is better."""
    return {
        c: (min if c.partition("@")[0] in lower else max)(v[c] for _, v in methods if c in v)
        for c in columns
        if any(c in v for _, v in methods)
    }


def table(
    methods: Sequence[tuple[str, Mapping[str, float]]], columns: Sequence[str], top: Mapping[str, float]
) -> Any:
    """A row for each method; `top`: the value of each column that is set in bold."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("method", overflow="fold", min_width=10)
    for column in columns:
        table.add_column(_heading(column), justify="right", no_wrap=True)
    for name, values in methods:
        cells = [_cell(values.get(c), values.get(c) == top.get(c)) for c in columns]
        table.add_row(Text(safe(name)), *cells)
    return table


def _heading(column: str) -> str:
    """`precision@20` on two lines, so that seven columns fit."""
    name, _, k = column.partition("@")
    return f"{name}\n@{k}" if k else name


def _cell(value: float | None, is_best: bool) -> Any:
    from rich.text import Text

    return Text("-" if value is None else f"{value:.4f}", style="bold" if is_best else "")


def _split_facts(metrics: Mapping[str, Any]) -> str:
    data = metrics.get("data", {})
    facts = [f"{data[k]:,} {k}" for k in ("users", "items", "interactions") if isinstance(data.get(k), int)]
    return ", ".join([safe(data.get("source", "")), *facts])
