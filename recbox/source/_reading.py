"""One file to a typed frame: the reader for its format, then the types of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from recbox.errors import DataError
from recbox.source._block import Bad, Block
from recbox.source._convert import Field, alike, convert, countable
from recbox.source._delimited import Layout, read_delimited
from recbox.source._structured import read_jsonl, read_parquet

Format = Literal["csv", "tsv", "jsonl", "parquet"]
SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_EMPTY: dict[str, pl.DataType | type[pl.DataType]] = {
    "weight": pl.Float64,
    "numeric": pl.Float64,
    "time": pl.Int64,
    "id": pl.Int64,
    "multi": pl.List(pl.String),
}


@dataclass(frozen=True)
class File:
    """A file, how it is written and, for messages, what to call it."""

    path: Path
    format: Format = "csv"
    layout: Layout = field(default_factory=Layout)


def read_file(file: File, fields: Sequence[Field], bad: Bad) -> tuple[pl.DataFrame, int]:
    """A frame with the fields' names and `line`, and how many rows the file has, good and bad.

    A `DataError` where the file as a whole can't be read: not there, not that format, a column missing.
    """
    typed: list[pl.DataFrame] = []
    rows = 0
    try:
        for block in _blocks(file, fields):
            frame, wrong, count = convert(block.frame, fields)
            bad.add(str(file.path), [*block.bad, *wrong], block.bad_count + count)
            rows += block.frame.height + block.bad_count
            typed.append(frame)
    except OSError as error:
        raise DataError(f"can't read: {error.strerror or error}", where=str(file.path)) from error
    return _together(typed, fields), rows


def _blocks(file: File, fields: Sequence[Field]) -> Iterator[Block]:
    wanted = [field.column for field in fields]
    if file.format == "jsonl":
        return read_jsonl(file.path, wanted)
    if file.format == "parquet":
        return read_parquet(file.path, wanted)
    whole = [n for n, field in enumerate(fields) if countable(field)]
    return read_delimited(file.path, file.layout, wanted, whole)


def _together(frames: Sequence[pl.DataFrame], fields: Sequence[Field]) -> pl.DataFrame:
    if not frames:
        types: dict[str, pl.DataType | type[pl.DataType]] = {
            field.name: _EMPTY.get(field.type, pl.String) for field in fields
        }
        return pl.DataFrame(schema={**types, "line": pl.Int64})
    return concat(frames, [field.name for field in fields if field.type == "id"])


def concat(frames: Sequence[pl.DataFrame], ids: Sequence[str]) -> pl.DataFrame:
    """Frames one after the other; an id column is of integers only if it is in all of them."""
    frames = list(frames)
    for name in ids:
        columns = alike([frame[name] for frame in frames])
        frames = [frame.with_columns(column) for frame, column in zip(frames, columns, strict=True)]
    return pl.concat(frames)
