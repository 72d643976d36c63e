"""`recbox data export`: a split as files, for other tools to train on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbox.cli import option
from recbox.cli.terminal import results_alone, safe, write_json

if TYPE_CHECKING:
    from recbox.api.ground import Ground

FORMATS = ("csv", "parquet", "recbole")


@click.command
@click.argument("target", type=option.RecipeName(), metavar="TARGET")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new or empty folder.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="csv",
    show_default=True,
    help="recbole: NAME.train.inter and so on, NAME being that of the folder.",
)
@option.set_option
@option.data_option
@option.code_option
@option.offline_option
@option.json_option
def command(target: str, out: Path, form: str, as_json: bool, **options: Any) -> None:
    """Write train, valid and test of TARGET's split as files, with the data's own ids; where it judges pairs,
    those that are to be scored too.

    TARGET is the folder of an artifact, or a recipe, whose data is then read and split.
    """
    from recbox.api.exporting import export
    from recbox.api.ground import ground_of
    from recbox.cli.progress import progress_for

    with results_alone():
        ground = ground_of(target, progress=progress_for(sys.stderr), **options)
        files = export(ground, out, form)
    sizes = {part: _size(ground, part) for part in files}
    if as_json:
        rows = {part: {"file": str(path), sizes[part][1]: sizes[part][0]} for part, path in files.items()}
        write_json({"target": target, "part": rows, "split": ground.data_document()["split"]})
        return
    for part, path in files.items():
        count, what = sizes[part]
        click.echo(f"{part:<11}  {count:>11,} {what:<12}  {safe(path)}")


def _size(ground: Ground, part: str) -> tuple[int, str]:
    """Rows of a file, and what they are."""
    if part.startswith("pairs-"):
        return len(ground.truth(part.removeprefix("pairs-"))), "pairs"
    return len(getattr(ground.split, part)), "interactions"
