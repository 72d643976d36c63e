"""A comparison on a terminal: means, what is said of each pair, and where the differences are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from recbox.api.touching import said
from recbox.cli.terminal import console, note, safe

if TYPE_CHECKING:
    from recbox.comparison import Comparison
    from recbox.comparison.rows import Table


def comparison_lines(comparison: Comparison) -> None:
    """Print the tables and the sentences; what is bold has a star, for where bold can't be seen."""
    from recbox.comparison import rows

    data = comparison.data
    sizes = ", ".join(f"{data[n]:,} {n}" for n in ("users", "items", "interactions"))
    click.echo(f"\ntest, {safe(data['source'])}, {sizes}, split by {safe(data['split']['by'])}\n")
    console().print(_shown(rows.means(comparison)))
    click.echo()
    for sentence in comparison.told:
        click.echo(safe(sentence))
    for line in rows.lists(comparison):
        click.echo(safe(line))
    click.echo()
    console().print(_shown(_without_metric(rows.pairs(comparison, told=True))))
    if len(comparison.told_pairs) < len(comparison.pairs):
        shown = f"{len(comparison.told_pairs)} of {len(comparison.pairs)} pairs, those of the leading method"
        click.echo(f"{shown}; all of them: --format csv, html or json")
    click.echo(
        f"\nwhere the differences are ({safe(comparison.metrics[0])}; not corrected for looking at many):"
    )
    console().print(_shown(rows.segments(comparison)))
    if touches := said(comparison.ledger):
        click.echo(f"\n{touches}.")
    for line in comparison.notes:
        note(f"note: {safe(line)}")


def _without_metric(table: Table) -> Table:
    """The same table without that column, where it says one thing in every row."""
    place = table.head.index("metric")
    if len({row[place].text for row in table.rows}) > 1:
        return table
    kept = [row[:place] + row[place + 1 :] for row in table.rows]
    return type(table)(table.head[:place] + table.head[place + 1 :], kept)


def _shown(table: Table) -> Any:
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(box=None, padding=(0, 1), pad_edge=False)
    for number, name in enumerate(table.head):
        grid.add_column(safe(name), justify="left" if number == 0 else "right", overflow="fold")
    for row in table.rows:
        cells = [Text(safe(c.text) + " *" * c.best, style="bold" if c.best else "") for c in row]
        grid.add_row(*cells)
    return grid
