"""`recbox rollback`: back to the version that was in use before."""

from __future__ import annotations

from pathlib import Path

import click

from recbox.cli import option
from recbox.cli.promote import show


@click.command
@click.argument("link", type=click.Path(path_type=Path))
@option.json_option
def command(link: Path, as_json: bool) -> None:
    """Have LINK lead to what it led to before its last promotion; once more, to what was before that."""
    from recbox.updating.promoting import rollback

    show(rollback(link), as_json)
