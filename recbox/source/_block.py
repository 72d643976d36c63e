"""What the readers of all formats hand on: blocks of rows as text, and the rows that are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from recbox.data.tables import MAX_BAD, BadRow
from recbox.errors import DataError, nearest

MAX_LINE = 1_000_000
"""Bytes of the longest line that is read; longer ones are bad rows."""
COLUMN = int | str
"""A column of a file: its name in the header, or its position, counted from 1."""


@dataclass(frozen=True)
class Block:
    """Some rows of a file. frame: columns `c0`, `c1`, ... in the order asked for, as String, or List(String)
    from formats that have lists, or Int64, null or empty where missing, and `line`, the 1-based line (or row)
    number.
    bad: the first `MAX_BAD` (line, reason) of the rows that could not be split, by line; bad_count: all.
    """

    frame: pl.DataFrame
    bad: Sequence[tuple[int, str]] = ()
    bad_count: int = 0


@dataclass
class Bad:
    """Counts bad rows over files and spells out the first `MAX_BAD`."""

    rows: list[BadRow] = field(default_factory=list)
    count: int = 0

    def add(self, file: str, found: Iterable[tuple[int, str]], count: int) -> None:
        """`count` bad rows of one block; `found` holds at least the first `MAX_BAD` of them."""
        room = MAX_BAD - len(self.rows)
        self.rows += [BadRow(file, line, reason) for line, reason in sorted(found)[: max(room, 0)]]
        self.count += count


def positions(wanted: Sequence[COLUMN], names: Sequence[str] | None, width: int, where: str) -> list[int]:
    """0-based positions of the wanted columns; a `DataError` for one that isn't there."""
    if names is not None and len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"the header has the column {show(twice)} twice", where=f"{where}:1")
    return [_position(column, names, width, where) for column in wanted]


def _position(column: COLUMN, names: Sequence[str] | None, width: int, where: str) -> int:
    if isinstance(column, int):
        if 1 <= column <= width:
            return column - 1
        raise DataError(f"there is no column {column}; the rows have {width}", where=where)
    if names is None:
        raise DataError(
            f"the column {column!r} can't be found by name, because the file has no header",
            where=where,
            instead="write its position, counted from 1, or set `header: true`",
        )
    if column not in names:
        instead = nearest(column, [show(name)[1:-1] for name in names[:50]])
        raise DataError(f"there is no column {column!r} in the header", where=f"{where}:1", instead=instead)
    return names.index(column)


def show(text: str) -> str:
    """A value as a message may show it: short, quoted, nothing that moves a terminal's cursor."""
    short = text[:40] + ("…" if len(text) > 40 else "")
    return "'" + "".join(c if c.isprintable() else "�" for c in short) + "'"


def blank(columns: int) -> pl.DataFrame:
    """A frame of `columns` and no rows."""
    return pl.DataFrame(schema={**{f"c{i}": pl.String for i in range(columns)}, "line": pl.Int64})
