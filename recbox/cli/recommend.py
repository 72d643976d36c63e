"""`recbox recommend`: items for users, from an artifact."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from recbox.cli import option
from recbox.errors import OptionError

if TYPE_CHECKING:
    import polars as pl

FORMATS = ("table", "json", "csv", "parquet")


@click.command
@option.artifact_argument
@click.option("--user", "users", multiple=True, help="A user's id; may be given many times.")
@click.option("--all", "everybody", is_flag=True, help="Every user of the artifact.")
@click.option(
    "-k", type=click.IntRange(1, 10_000), default=10, show_default=True, help="Items for each user."
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="A file in place of standard output."
)
def command(
    artifact: Path, users: tuple[str, ...], everybody: bool, k: int, form: str, out: Path | None
) -> None:
    """The best K unseen items for each user, from ARTIFACT."""
    if bool(users) == everybody:
        raise OptionError("name users, or all of them", instead="--user ID (as often as you like), or --all")
    if form == "parquet" and out is None and sys.stdout.isatty():
        raise OptionError("Parquet is no text for a terminal", instead="--out FILE")
    from recbox.api.load import load

    fitted = load(artifact)
    frame = fitted.recommend(None if everybody else list(users), k)
    write(frame, form, out)


def write(frame: pl.DataFrame, form: str, out: Path | None) -> None:
    """The frame in one of `FORMATS`; a file appears whole or not at all."""
    if form == "table" and out is None:
        _print_table(frame)
    elif out is None:
        _write_binary(frame, form, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    else:
        part = out.with_name(f"{out.name}.part")
        with part.open("wb") as file:
            _write_binary(frame, form, file)
        part.replace(out)


def _write_binary(frame: pl.DataFrame, form: str, file: BinaryIO) -> None:
    if form == "parquet":
        frame.write_parquet(file)
    elif form == "csv":
        file.write(as_csv(frame, for_terminal=file.isatty()).encode())
    else:
        text = as_json(frame) if form == "json" else as_text(frame)
        file.write(text.encode("utf-8", errors="backslashreplace"))


def as_csv(frame: pl.DataFrame, for_terminal: bool) -> str:
    """Comma-separated, with a header; exact in a file, hostile characters escaped on a terminal."""
    from recbox.cli.terminal import safe

    text = frame.write_csv()
    return safe(text, keep_lines=True) if for_terminal else text


def as_json(frame: pl.DataFrame) -> str:
    """One document: a list of `{user, rank, item, title, score}`."""
    import json

    return json.dumps(frame.to_dicts(), indent=2, default=str) + "\n"


def as_text(frame: pl.DataFrame) -> str:
    """Tab-separated lines, hostile characters escaped."""
    from recbox.cli.terminal import safe

    return "".join("\t".join(safe("" if v is None else v) for v in row) + "\n" for row in frame.iter_rows())


def _print_table(frame: pl.DataFrame) -> None:
    from recbox.cli.terminal import console, safe

    out = console()
    for user in frame["user"].unique(maintain_order=True):
        click.echo(f"user {safe(user)}")
        out.print(_table(frame.filter(frame["user"] == user)))


def _table(rows: pl.DataFrame) -> Any:
    from rich.table import Table
    from rich.text import Text

    from recbox.cli.terminal import safe

    columns = [c for c in ("rank", "item", "title", "score") if c in rows.columns]
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in ("rank", "score") else "left", overflow="fold")
    for row in rows.select(columns).iter_rows():
        table.add_row(
            *(Text(f"{v:.4f}" if isinstance(v, float) else safe("" if v is None else v)) for v in row)
        )
    return table
