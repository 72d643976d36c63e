"""`recbox verify`: whether a result is what it says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbox.cli import option
from recbox.cli.progress import progress_for
from recbox.cli.terminal import console, results_alone, safe, write_json

if TYPE_CHECKING:
    from recbox.verification import Verification

FAILED, UNPROVEN = 2, 3
STYLE = {"holds": "green", "fails": "bold red", "unproven": "yellow", "skipped": "dim"}


@click.command
@option.artifact_argument
@click.option(
    "--ledger",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The ledger of test touches; default: ledger.jsonl beside ARTIFACT.",
)
@click.option("--retrain", is_flag=True, help="Also read the data and train again: as it was, and blind.")
@option.data_option
@option.code_option
@option.offline_option
@option.json_option
def command(artifact: Path, as_json: bool, **options: Any) -> int:
    """Check that ARTIFACT is what it says: files, split, metrics, baselines, ledger.

    Everything is measured again from what is stored. Exits with 2 where a check fails, and with 3 where none
    does and something that would bear the result out isn't here, such as the ledger.
    """
    from recbox.verification import verify

    with results_alone():
        found = verify(artifact, progress=progress_for(sys.stderr), **options)
    if as_json:
        write_json(found.document())
    else:
        _show(found)
    return 0 if found.proven else UNPROVEN if found.holds else FAILED


def _show(found: Verification) -> None:
    """The table, what each failure means, and the sum."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for head in ("check", "", "seen"):
        table.add_column(head, overflow="fold")
    for check in found.checks:
        state = Text(check.state, style=STYLE[check.state])
        table.add_row(Text(safe(check.name)), state, Text(safe(check.seen)))
    console().print(table)
    for check in found.failed:
        click.echo(f"\n{safe(check.name)} fails: {safe(check.seen)}\n  that means: {safe(check.means)}")
    for check in found.unproven:
        said = f"{safe(check.name)} is not proven: {safe(check.seen)}"
        click.echo(f"\n{said}\n  that means: {safe(check.means)}")
    states = [check.state for check in found.checks]
    fail, skip, open_ = (states.count(state) for state in ("fails", "skipped", "unproven"))
    unproven = f", {open_} not proven" if open_ else ""
    click.echo(f"\n{states.count('holds')} checks hold, {fail} fail{unproven}, {skip} skipped")
