"""JSON lines and Parquet: formats with types of their own, brought to text like any other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from recbox.data.tables import MAX_BAD
from recbox.errors import DataError
from recbox.source._block import COLUMN, MAX_LINE, Block, positions

BATCH = 10_000
ROWS = 1 << 22
"""Rows of a Parquet file that are read at a time."""


def read_jsonl(path: Path, wanted: Sequence[COLUMN]) -> Iterator[Block]:
    """One object a line; a key that an object lacks is a missing value. Empty lines are no rows."""
    keys = [_key(column, path) for column in wanted]
    with path.open("rb") as file:
        numbered = ((n, line) for n, line in enumerate(file, 1) if line.strip())
        while batch := list(islice(numbered, BATCH)):
            yield _block(batch, keys)


def _key(column: COLUMN, path: Path) -> str:
    if isinstance(column, int):
        raise DataError(
            f"JSON objects have no column {column}", where=str(path), instead="write the key's name"
        )
    return column


def _block(batch: Sequence[tuple[int, bytes]], keys: Sequence[str]) -> Block:
    bad: list[tuple[int, str]] = []
    rows: list[list[Any]] = []
    lines: list[int] = []
    for number, line in batch:
        try:
            rows.append(_values(line, keys))
            lines.append(number)
        except ValueError as error:
            bad.append((number, str(error)))
    frame = pl.DataFrame([_column(f"c{n}", [row[n] for row in rows]) for n in range(len(keys))])
    return Block(frame.with_columns(pl.Series("line", lines, pl.Int64)), bad[:MAX_BAD], len(bad))


def _column(name: str, values: list[Any]) -> pl.Series:
    if not any(isinstance(value, list) for value in values):
        return pl.Series(name, values, pl.String)
    lists = [value if value is None or isinstance(value, list) else [value] for value in values]
    return pl.Series(name, lists, pl.List(pl.String))


def _values(line: bytes, keys: Sequence[str]) -> list[Any]:
    if len(line) > MAX_LINE:
        raise ValueError(f"the line is overlong ({len(line)} bytes)")
    try:
        found = json.loads(line.decode("utf-8-sig"), parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"byte 0x{line[error.start]:02X} at byte {error.start + 1} of the line is not UTF-8"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {str(error)[:100]}") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return [_text(key, found.get(key)) for key in keys]


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _text(key: str, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return [_text(key, item) for item in value if item is not None and not isinstance(item, list)]
    if isinstance(value, dict):
        raise ValueError(f"{key!r} is an object where a value was expected")
    text = value if isinstance(value, str) else json.dumps(value)
    if "\0" in text or (not text.isprintable() and any(0xD800 <= ord(c) <= 0xDFFF for c in text)):
        raise ValueError(f"{key!r} holds a character that is no text")
    return text


def read_parquet(path: Path, wanted: Sequence[COLUMN]) -> Iterator[Block]:
    """The wanted columns, a block at a time; the line of a row is its number."""
    with _reading(path):
        names = list(pl.read_parquet_schema(path))
        at = positions(wanted, names, len(names), str(path))
        # A column may be wanted twice, and polars reads it once.
        lazy = pl.scan_parquet(path, glob=False).select(sorted({names[i] for i in at}))
        rows = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    for start in range(0, max(rows, 1), ROWS):
        with _reading(path):
            frame = lazy.slice(start, ROWS).collect()
        columns = [_plain(frame[names[i]], path).alias(f"c{n}") for n, i in enumerate(at)]
        line = pl.int_range(start + 1, start + 1 + pl.len(), dtype=pl.Int64)
        yield Block(pl.DataFrame(columns).with_columns(line.alias("line")))


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """A damaged file makes polars panic, which is no Exception: all becomes a `DataError`."""
    try:
        yield
    except (DataError, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError("the file can't be read as Parquet", where=str(path), why=reason) from None


def _plain(column: pl.Series, path: Path) -> pl.Series:
    """Text, or lists of text, or integers; times as ISO 8601 in UTC."""
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime):
        utc = column.dt.convert_time_zone("UTC") if dtype.time_zone else column
        return utc.dt.strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(dtype, pl.List):
        return column.cast(pl.List(pl.String))
    if dtype.is_nested() or dtype == pl.Binary or dtype == pl.Object:
        raise DataError(
            f"the column {column.name!r} is of type {dtype}, which can't be read", where=str(path)
        )
    if dtype.is_integer() and dtype not in (pl.UInt64, pl.Int128, pl.UInt128):
        return column.cast(pl.Int64)
    return column.cast(pl.String)
