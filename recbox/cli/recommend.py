"""`recbox recommend`: items for users, from an artifact."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recbox.cli import option
from recbox.cli.terminal import results_alone, safe
from recbox.errors import OptionError
from recbox.progress import SILENT

if TYPE_CHECKING:
    import polars as pl

FORMATS = ("table", "json", "csv", "parquet")
NEUTRAL = (
    "In CSV, an apostrophe before text that a spreadsheet takes for a formula (= + - @); it changes ids."
)
HISTORY = (
    "Items of a new user, by id, the newest last; may be given many times. @FILE: a CSV, TSV, JSON lines or "
    "Parquet file with a column item, and perhaps user, weight and time."
)
NEW_ITEM = "New items among the candidates: a CSV, TSV, JSON lines or Parquet file with id and all features."
PART = "The lists that this part judges: what the user had before it is left out, and no more."


@click.command
@option.artifact_argument
@click.option("--user", "users", multiple=True, help="A user's id; may be given many times.")
@click.option("--all", "everybody", is_flag=True, help="Every user of the artifact.")
@click.option("--history", "histories", multiple=True, metavar="ITEM,ITEM,…|@FILE", help=HISTORY)
@click.option("--new-item", "new_items", type=click.Path(path_type=Path), metavar="FILE", help=NEW_ITEM)
@click.option("-k", type=click.IntRange(min=1), default=10, show_default=True, help="Items for each user.")
@click.option("--part", type=click.Choice(["test", "valid"]), help=PART)
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="A file in place of standard output.")
@click.option("--neutral", is_flag=True, help=NEUTRAL)
@option.code_option
def command(
    artifact: Path,
    users: tuple[str, ...],
    everybody: bool,
    histories: tuple[str, ...],
    new_items: Path | None,
    k: int,
    part: str | None,
    form: str,
    out: Path | None,
    neutral: bool,
    code: tuple[Path, ...],
) -> None:
    """The best K unseen items for each user, known or new, from ARTIFACT."""
    if bool(users) + everybody + bool(histories) != 1:
        raise OptionError(
            "name users, or all of them, or what a new one has",
            instead="--user ID (as often as you like), --all, or --history ITEM,ITEM",
        )
    if form == "parquet" and out is None:
        raise OptionError("Parquet is written to a file", instead="--out FILE")
    if neutral and form != "csv":
        raise OptionError(f"--neutral is for CSV, and the format is {form}", instead="--format csv")
    from recbox.api.load import load
    from recbox.cli.progress import progress_for
    from recbox.context import Context
    from recbox.recommend import save

    context = Context(progress=progress_for(sys.stderr) if everybody and out else SILENT)
    with results_alone():
        fitted = load(artifact, code=code, context=context)
        if new_items is not None:
            fitted = fitted.with_items(new_items)
        frames = fitted.lists(users or None, k, part, history=_history(histories))
        if out:
            save(frames, out, form, neutral=neutral)
            return
    _print(frames, form, neutral)


def _history(given: tuple[str, ...]) -> object:
    """None, a file, or what each new user has, by name."""
    files = [text for text in given if text.startswith("@")]
    if files and len(given) > 1:
        raise OptionError("a file of histories stands alone", instead="all new users in one file")
    if files:
        return Path(files[0][1:])
    lists = [[item for item in text.split(",") if item.strip()] for text in given]
    if not all(lists):
        raise OptionError("a history is empty", instead="--history ITEM,ITEM,… with at least one item")
    names = ["new"] if len(lists) == 1 else [f"new-{n}" for n in range(1, len(lists) + 1)]
    return dict(zip(names, lists, strict=True)) or None


def _print(frames: Iterable[pl.DataFrame], form: str, neutral: bool) -> None:
    """Piece by piece; what comes from data can't steer a terminal, and is exact in a pipe."""
    from recbox.recommend import chunks

    terminal = sys.stdout.isatty()
    for piece in _alone(chunks(frames, form, neutral=neutral)):
        click.echo(safe(piece, keep_lines=True) if terminal else piece, nl=False)


def _alone(pieces: Iterator[str]) -> Iterator[str]:
    """The same, and what a plugin prints while one is made is none of them."""
    while True:
        with results_alone():
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
