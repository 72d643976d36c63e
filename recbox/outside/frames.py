"""Frames and Parquet, which have types of their own: brought to text or whole numbers, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from recbox.errors import DataError, OptionError

BATCH = 1 << 20
"""Rows that are looked at together."""


def as_frame(source: object) -> pl.LazyFrame:
    """A frame of polars, of pandas (anything with `columns` and `to_numpy`), or a mapping of columns."""
    if isinstance(source, pl.LazyFrame):
        return source
    if isinstance(source, pl.DataFrame):
        return source.lazy()
    columns: Any = source
    if isinstance(source, Mapping):
        names, found = list(source), dict(source)
    elif hasattr(source, "columns") and hasattr(source, "__getitem__"):
        names = [str(name) for name in columns.columns]
        found = {name: columns[name].to_numpy() for name in names}
    else:
        raise OptionError(
            f"a {type(source).__name__} is no ranking", instead="a path, or a frame of polars or pandas"
        )
    try:
        return pl.DataFrame({name: found[name] for name in names}).lazy()
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise DataError("the frame can't be read", why=_short(error)) from error


def parquet_columns(path: Path) -> list[str]:
    """The names in a Parquet file."""
    try:
        return list(pl.read_parquet_schema(path))
    except BaseException as error:  # a damaged file makes polars panic, which is no Exception
        raise _damaged(error, path) from None


def typed_batches(frame: pl.LazyFrame, columns: Sequence[str], where: str) -> Iterator[pl.DataFrame]:
    """Columns c0, c1 (Int64 or String), c2 (Float64 or String) and `line`, the number of the row."""
    schema = frame.collect_schema()
    exprs = [_id(name, schema[name], where) for name in columns[:2]]
    exprs.append(_score(columns[2], schema[columns[2]], where))
    chosen = frame.select(e.alias(f"c{n}") for n, e in enumerate(exprs))
    start = 1
    for batch in chosen.collect_batches(chunk_size=BATCH, maintain_order=True):
        yield batch.with_columns(pl.int_range(start, start + pl.len(), dtype=pl.Int64).alias("line"))
        start += batch.height


def parquet_batches(path: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The same of a file; a `DataError` where it is damaged."""
    try:
        yield from typed_batches(pl.scan_parquet(path, glob=False), columns, str(path))
    except DataError:
        raise
    except BaseException as error:
        raise _damaged(error, path) from None


def _damaged(error: BaseException, path: Path) -> BaseException:
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError | GeneratorExit):
        return error
    return DataError("the file can't be read as Parquet", where=str(path), why=_short(error))


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


def _id(name: str, dtype: pl.DataType, where: str) -> pl.Expr:
    column = pl.col(name)
    if dtype in (pl.UInt64, pl.Int128, pl.UInt128):  # what is too large for an id is text that nobody knows
        return column.cast(pl.String)
    if dtype.is_integer():
        return column.cast(pl.Int64)
    if dtype == pl.Null or isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        return column.cast(pl.String)
    raise DataError(
        f"the column {name!r} is of type {dtype}, and ids are whole numbers or text",
        where=where,
        instead="make ids whole numbers again before writing them" if dtype.is_float() else "",
    )


def _score(name: str, dtype: pl.DataType, where: str) -> pl.Expr:
    if dtype.is_numeric():
        return pl.col(name).cast(pl.Float64)
    if dtype == pl.Null or dtype == pl.String:
        return pl.col(name).cast(pl.String)
    raise DataError(f"the column {name!r} is of type {dtype}, not of numbers", where=where)
