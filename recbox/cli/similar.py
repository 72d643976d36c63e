"""`recbox similar`: items like an item, from an artifact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from recbox.cli import option
from recbox.cli.lists import Listing, list_options
from recbox.errors import OptionError


@click.command
@option.artifact_argument
@click.option("--item", "items", multiple=True, help="An item's id; may be given many times.")
@click.option("--all", "everything", is_flag=True, help="Every item of the artifact.")
@list_options
@option.code_option
def command(
    artifact: Path, items: tuple[str, ...], everything: bool, code: tuple[Path, ...], **options: Any
) -> None:
    """The K items that are most like each item, from ARTIFACT.

    The score is the cosine of the items' vectors; of a method without vectors, what it gives somebody who has
    that item alone. CONDITION: as for `recbox recommend`.
    """
    if bool(items) + everything != 1:
        raise OptionError("name items, or all of them", instead="--item ID (as often as you like), or --all")
    listing = Listing(**options)
    listing.put(
        artifact,
        code,
        everything,
        lambda fitted, narrow: fitted.alike(items or None, listing.k, **narrow),
    )
