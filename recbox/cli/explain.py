"""`recbox explain`: what carried a score, from an artifact."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recbox.cli import option
from recbox.cli.terminal import console, results_alone, safe, write_json
from recbox.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recbox.explain import Explanation

FORMATS = ("table", "sentence", "json")
HISTORY = "Items of a new user, by id, the newest last. With --user: what that user took since."
TOP = "Items that are named, and without which the score is tested."
NEW_ITEM = "New items: a CSV, TSV, JSON lines or Parquet file with id and all features."


@click.command
@option.artifact_argument
@click.option("--user", help="A user's id.")
@click.option("--item", required=True, help="An item's id.")
@click.option("--history", metavar="ITEM,ITEM,…", help=HISTORY)
@click.option("--new-item", "new_items", type=click.Path(path_type=Path), metavar="FILE", help=NEW_ITEM)
@click.option("-k", "--top", type=click.IntRange(min=1), default=5, show_default=True, help=TOP)
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@option.json_option
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="A drawing, into this file.")
@click.option("--deletion/--no-deletion", default=True, show_default=True, help="Test by deletion.")
@option.code_option
def command(
    artifact: Path,
    user: str | None,
    item: str,
    history: str | None,
    new_items: Path | None,
    top: int,
    form: str,
    as_json: bool,
    svg: Path | None,
    deletion: bool,
    code: tuple[Path, ...],
) -> None:
    """Which of the user's items, and which paths, carried the score of an item, from ARTIFACT.

    What items count, and what is none of theirs, adds up to the score. Test by deletion: the score is
    computed again without the items that count most, and without as many others at random.
    """
    from recbox.api.load import load

    if user is None and history is None:
        raise OptionError("name a user, or what a new one has", instead="--user ID, or --history ITEM,ITEM")
    with results_alone():
        fitted = load(artifact, code=code)
        fitted = fitted if new_items is None else fitted.with_items(new_items)
        explained = fitted.explain(user, item, history=_items(history), top=top, deletion=deletion)
        if svg is not None:
            _write(svg, explained.svg())
    _put(explained, "json" if as_json else form)


def _items(text: str | None) -> list[str] | None:
    return None if text is None else [item.strip() for item in text.split(",") if item.strip()]


def _write(file: Path, text: str) -> None:
    from recbox.data.whole import replacing

    try:
        with replacing(file) as out:
            out.write(text.encode())
    except OSError as error:
        why = error.strerror or str(error)
        raise OptionError("can't write the drawing", where=str(file), why=why) from error


def _put(explained: Explanation, form: str) -> None:
    if form == "json":
        write_json(explained.document())
        return
    click.echo(safe(explained.sentence))
    if form == "table":
        _tables(explained)


def _tables(explained: Explanation) -> None:
    """The strongest items, those who lie between them and the target, and what makes up the score."""
    best = explained.evidence.head(explained.top)
    over = explained.paths.filter(explained.paths["node"].is_not_null()).head(explained.top)
    _table(["item", "contribution", "share", "users of both"], map(_item, best.iter_rows(named=True)))
    if over.height:
        _table(["path over item", "and", "contribution"], map(_path, over.iter_rows(named=True)))
    others = explained.evidence.height - best.height
    parts = {
        "these items": float(best["contribution"].sum()),
        f"{others:,} others": float(explained.evidence["contribution"].tail(others).sum()),
        **explained.rest,
        "left over": explained.residual,
        "score": explained.score,
    }
    _table(["part", "value"], [(name, _signed(value)) for name, value in parts.items()])
    held = f", with {explained.held} as it is" if explained.held else ""
    click.echo(f"\n{explained.method}{held}")


def _item(row: dict[str, Any]) -> tuple[object, ...]:
    value = _signed(row["contribution"])
    return _called(row["item"], row["title"]), value, f"{row['share']:+.1%}", row["users"]


def _path(row: dict[str, Any]) -> tuple[object, ...]:
    over = f"{row['by']} {_called(row['node'], row['node_title'])}"
    return _called(row["item"], row["title"]), over, _signed(row["contribution"])


def _called(id: object, title: str | None) -> str:
    return f"{id} {title}" if title else str(id)


def _signed(value: float) -> str:
    return f"{value:+.4g}"


def _table(heads: list[str], rows: Iterable[tuple[object, ...]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for number, head in enumerate(heads):
        words = number == 0 or head == "and"
        table.add_column(head, justify="left" if words else "right", overflow="fold", no_wrap=not words)
    for row in rows:
        table.add_row(*(Text(safe(cell)) for cell in row))
    click.echo()
    console().print(table)
