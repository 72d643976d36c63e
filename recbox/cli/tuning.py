"""A search on a terminal: the best trials, what mattered, and what to type next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbox.cli.terminal import console, note, safe

if TYPE_CHECKING:
    from recbox.tuning.outcome import Searched, Tuning

SHOWN = 10
"""Trials in the table; all of them stand on the page."""


def tuning_lines(tuning: Tuning) -> None:
    """Print a table for each arm, and where everything lies."""
    if tuning.status == "interrupted":
        note("interrupted: this is what there is; the same command goes on")
    elif tuning.status == "failed":
        note("every trial failed, so there is no best recipe")
    for arm in tuning.arms:
        _arm(arm)
    if any(arm.synthetic for arm in tuning.arms):
        click.echo("THE DATA IS SYNTHETIC: these figures say nothing about any real data set.")
    click.echo(f"\nreport: {safe(_short(tuning.folder / 'report.html'))}")
    if tuning.next:
        click.echo(f"next:   {safe(tuning.next)}")


def _arm(arm: Searched) -> None:
    counts = ", ".join(f"{count} {state}" for state, count in arm.counts.items()) or "no trials yet"
    note_ = f"; {arm.note}" if arm.note else ""
    click.echo(f"\n{safe(arm.name)}: {counts}{safe(note_)}")
    for failure in arm.failures[:SHOWN]:
        click.echo(f"failed: {safe(str(failure))}")
    if not arm.ranked:
        return
    console().print(_table(arm))
    if arm.importance:
        shares = ", ".join(f"{path} {100 * share:.0f} %" for path, share in arm.importance.items())
        click.echo(f"what mattered: {safe(shares)}")


def _table(arm: Searched) -> Any:
    from rich.table import Table
    from rich.text import Text

    from recbox.tuning.coordinates import written

    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for column in (
        "trial",
        f"{arm.select}\n(validation)",
        *(path.replace(".", ".\n") for path in arm.spaces),
    ):
        table.add_column(safe(column, keep_lines=True), justify="right", overflow="fold")
    for row in arm.ranked[:SHOWN]:
        cells = [str(row.number), f"{row.value:.4f}", *(written(row.settings[path]) for path in arm.spaces)]
        style = "bold" if row is arm.best else ""
        table.add_row(*(Text(safe(cell), style=style) for cell in cells))
    return table


def _short(path: Path) -> Path:
    """The path as one would type it here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
