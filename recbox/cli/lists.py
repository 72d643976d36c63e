"""Lists of items on the command line: what may stand in them, and how they are written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from recbox.cli.terminal import results_alone, safe
from recbox.errors import OptionError
from recbox.progress import SILENT

if TYPE_CHECKING:
    import polars as pl

    from recbox.api.load import Fitted

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("table", "json", "jsonl", "csv", "parquet")
NEUTRAL = (
    "In CSV, an apostrophe before text that a spreadsheet takes for a formula (= + - @); it changes ids."
)
NEW_ITEM = "New items among the candidates: a CSV, TSV, JSON lines or Parquet file with id and all features."
ONLY = "Items that alone may stand in lists, by id. @FILE: a file with a column item."
WHERE = 'A condition on columns of items: price < 20 and genre has "Drama".'
_OPTIONS = (
    click.option("--new-item", "new_items", type=click.Path(path_type=Path), metavar="FILE", help=NEW_ITEM),
    click.option("-k", type=click.IntRange(min=1), default=10, show_default=True, help="Items in a list."),
    click.option("--only", multiple=True, metavar="ITEM,…|@FILE", help=ONLY),
    click.option(
        "--exclude", multiple=True, metavar="ITEM,…|@FILE", help="Items that may not stand in lists."
    ),
    click.option("--where", default="", metavar="CONDITION", help=WHERE),
    click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True),
    click.option("--out", type=click.Path(path_type=Path), help="A file in place of standard output."),
    click.option("--neutral", is_flag=True, help=NEUTRAL),
)


def list_options(function: F) -> F:
    """The options of commands that print lists of items."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@dataclass(frozen=True)
class Listing:
    """What these options say. An `OptionError` for those that don't go together."""

    k: int
    new_items: Path | None
    only: tuple[str, ...]
    exclude: tuple[str, ...]
    where: str
    form: str
    out: Path | None
    neutral: bool

    def __post_init__(self) -> None:
        if self.form == "parquet" and self.out is None:
            raise OptionError("Parquet is written to a file", instead="--out FILE")
        if self.neutral and self.form != "csv":
            raise OptionError(f"--neutral is for CSV, and the format is {self.form}", instead="--format csv")

    def put(
        self,
        artifact: Path,
        code: tuple[Path, ...],
        many: bool,
        ask: Callable[[Fitted, dict[str, Any]], Iterable[pl.DataFrame]],
    ) -> None:
        """What `ask` has the artifact give, with what narrows lists down, into the file or onto standard
        output; with a bar where there are many and standard output is free."""
        from recbox.api.load import load
        from recbox.cli.progress import progress_for
        from recbox.context import Context
        from recbox.recommend import save

        context = Context(progress=progress_for(sys.stderr) if many and self.out else SILENT)
        with results_alone():
            fitted = load(artifact, code=code, context=context)
            if self.new_items is not None:
                fitted = fitted.with_items(self.new_items)
            narrow = {"only": _items(self.only), "exclude": _items(self.exclude), "where": self.where}
            frames = ask(fitted, narrow)
            if self.out:
                save(frames, self.out, self.form, neutral=self.neutral)
                return
        _print(frames, self.form, self.neutral)


def _items(given: tuple[str, ...]) -> list[str] | None:
    """Ids, one after the other; None where none is given."""
    from recbox.recommend.frames import ids_in

    found: list[str] = []
    for text in given:
        if text.startswith("@"):
            found += ids_in(Path(text[1:]), "item")
        else:
            found += [item.strip() for item in text.split(",") if item.strip()]
    return found if given else None


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
