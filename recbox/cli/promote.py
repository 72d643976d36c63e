"""`recbox promote`: which version is the one in use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from recbox.cli import option
from recbox.cli.terminal import safe, write_json

if TYPE_CHECKING:
    from recbox.updating.promoting import Promotion


@click.command
@click.argument("link", type=click.Path(path_type=Path))
@click.argument("artifact", required=False, type=click.Path(path_type=Path), metavar="[ARTIFACT]")
@option.json_option
def command(link: Path, artifact: Path | None, as_json: bool) -> None:
    """Have LINK, such as runs/current, lead to ARTIFACT, in one step; without ARTIFACT say where it leads.

    The artifact is opened and checked first. Whoever reads through LINK has the old version or the new one.
    `recbox rollback LINK` goes back.
    """
    from recbox.updating.promoting import promote, trail

    if artifact is not None:
        show(promote(link, artifact), as_json)
        return
    found = trail(link)
    if as_json:
        write_json({"link": str(link), "trail": found})
    elif not found:
        click.echo(f"{safe(link)} leads nowhere")
    else:
        click.echo(f"{safe(link)} leads to {safe(found[-1])}")
        for before in reversed(found[:-1]):
            click.echo(f"  before that {safe(before)}")


def show(found: Promotion, as_json: bool) -> None:
    """What became of a link."""
    if as_json:
        write_json(
            {"link": str(found.link), "before": found.before, "now": found.now, "changed": found.changed}
        )
    elif not found.changed:
        click.echo(f"{safe(found.link)} leads to {safe(found.now)} already")
    else:
        before = "nothing" if found.before is None else safe(found.before)
        click.echo(f"{safe(found.link)} leads to {safe(found.now)}; before that {before}")
