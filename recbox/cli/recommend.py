"""`recbox recommend`: items for users, from an artifact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from recbox.cli import option
from recbox.cli.lists import Listing, list_options
from recbox.errors import OptionError

HISTORY = (
    "Items of a new user, by id, the newest last; may be given many times. @FILE: a CSV, TSV, JSON lines or "
    "Parquet file with a column item, and perhaps user, weight and time. With --user: what that user took "
    "since."
)
PART = "The lists that this part judges: what the user had before it is left out, and no more."

DIVERSITY = "From 0 to 1: how much items of a list are to be unlike each other, by the method's vectors."


@click.command
@option.artifact_argument
@click.option("--user", "users", multiple=True, help="A user's id; may be given many times.")
@click.option("--all", "everybody", is_flag=True, help="Every user of the artifact.")
@click.option("--history", "histories", multiple=True, metavar="ITEM,ITEM,…|@FILE", help=HISTORY)
@click.option("--part", type=click.Choice(["test", "valid"]), help=PART)
@click.option("--unseen/--seen", default=True, show_default=True, help="Whether what a user has is left out.")
@click.option("--diversity", type=click.FloatRange(0, 1), default=0.0, help=DIVERSITY)
@list_options
@option.code_option
def command(
    artifact: Path,
    users: tuple[str, ...],
    everybody: bool,
    histories: tuple[str, ...],
    part: str | None,
    unseen: bool,
    diversity: float,
    code: tuple[Path, ...],
    **options: Any,
) -> None:
    """The best K unseen items for each user, known or new, from ARTIFACT.

    CONDITION: comparisons (=, !=, <, <=, >, >=, in (A, B), has, contains, is missing) joined by and, or, not
    and parentheses; a column whose name is no word in `backquotes`, text in "quotes", a
    quote within doubled.
    """
    if everybody + bool(users or histories) != 1:
        raise OptionError(
            "name users, or all of them, or what a new one has",
            instead="--user ID (as often as you like), --all, or --history ITEM,ITEM",
        )
    listing, history = Listing(**options), _history(histories, users)
    listing.put(
        artifact,
        code,
        everybody,
        lambda fitted, narrow: fitted.lists(
            users or None, listing.k, part, history=history, seen=not unseen, diversity=diversity, **narrow
        ),
    )


def _history(given: tuple[str, ...], users: tuple[str, ...]) -> object:
    """None, a file, or what each user has, by name."""
    files = [text for text in given if text.startswith("@")]
    if files and len(given) > 1:
        raise OptionError("a file of histories stands alone", instead="all new users in one file")
    if files:
        return Path(files[0][1:])
    lists = [[item.strip() for item in text.split(",") if item.strip()] for text in given]
    if not all(lists):
        raise OptionError("a history is empty", instead="--history ITEM,ITEM,… with at least one item")
    if not given:
        return None
    if users and len(users) != len(given):
        raise OptionError(
            f"{len(given)} histories for {len(users)} users",
            instead="a --history for each --user, in their order, or --history @FILE with a column user",
        )
    names = (
        list(users)
        if users
        else ["new"]
        if len(lists) == 1
        else [f"new-{n}" for n in range(1, len(lists) + 1)]
    )
    return dict(zip(names, lists, strict=True))
