"""What a run will take, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.table import Table

from recbox.cli.progress import clock
from recbox.cli.terminal import console, safe

if TYPE_CHECKING:
    from recbox.estimating import Estimate

SHARE = 0.005
"""Of the whole: phases that take less are added up."""


def show(found: Estimate) -> None:
    """Each phase with what it takes, then time, memory and disk in words."""
    table = Table("phase", "once", "times", "in all", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    small = 0.0
    for phase in found.phases:
        if phase.most_s < SHARE * found.most_s:
            small += phase.most_s
            continue
        early = phase.least not in (None, phase.times)
        times = f"{phase.least} to {phase.times}" if early else str(phase.times)
        table.add_row(safe(phase.name), clock(phase.seconds), times, clock(phase.most_s))
    if small:
        table.add_row("the rest", "", "", clock(small))
    click.echo()
    console().print(table)
    click.echo(f"\ntime    {_time(found)}")
    click.echo(f"memory  {_gib(found.memory)} of {_gib(found.room)}{_too_much(found)}")
    beside = f", and {_gib(found.beside)} beside it while the run goes on" if found.beside else ""
    click.echo(f"disk    {_gib(found.disk)} for the artifact{beside}")
    for name, why in found.left_out.items():
        click.echo(f"baseline {safe(name)} is left out: {safe(why)}")


def _time(found: Estimate) -> str:
    if found.least_s > 0.95 * found.most_s:
        return f"about {clock(found.most_s)}"
    early = f"at least {clock(found.least_s)}, where validation ends training early"
    return f"at most {clock(found.most_s)}; {early}"


def _gib(size: int) -> str:
    return f"{size / 2**30:.2f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


def _too_much(found: Estimate) -> str:
    if found.memory <= 0.9 * found.room:
        return ""
    return ", which is nearly all: --scratch DIR, a smaller dim, or train.propagation: sampled"
