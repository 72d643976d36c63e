"""`recbox eval`: an artifact's metrics, measured again."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from recbox.cli import option
from recbox.cli.terminal import note, results_alone, safe, write_json


@click.command
@option.artifact_argument
@option.code_option
@option.json_option
def command(artifact: Path, code: tuple[Path, ...], as_json: bool) -> None:
    """Measure ARTIFACT again, on the test part of its split."""
    from recbox.api.load import load
    from recbox.api.touching import said
    from recbox.cli.progress import progress_for
    from recbox.context import Context

    with results_alone():
        fitted = load(artifact, code=code, context=Context(progress=progress_for(sys.stderr)))
        values = fitted.evaluate()
    if as_json:
        ledger = {"ledger": fitted.touches} if fitted.touches else {}
        write_json({"artifact": str(artifact), "test": values, **ledger})
        return
    width = max(map(len, values), default=0)
    for name, value in values.items():
        click.echo(f"{safe(name):<{width}}  {value:.4f}")
    if touches := said(fitted.touches):
        note(touches)
