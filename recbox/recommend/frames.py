"""Frames and files that people hand over: read, and brought to the types that the data has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from recbox.errors import DataError, OptionError

ENDINGS = (".csv", ".tsv", ".jsonl", ".parquet")
SPLIT = "|"
"""Between the categories of a list, where a file has text alone."""
LARGEST = 3.4028234663852886e38
"""The largest number, which is float32's."""


def read(source: object, what: str) -> tuple[pl.DataFrame, str]:
    """A path to one of `ENDINGS`, a frame of polars or pandas, or a mapping of columns; what to call it."""
    if isinstance(source, str | Path):
        return _file(Path(source)), str(source)
    if isinstance(source, pl.DataFrame):
        return source, what
    if isinstance(source, pl.LazyFrame):
        return source.collect(), what
    return _columns(source, what), what


def ids_in(path: Path, column: str) -> list[str]:
    """The ids in a column of a file, as text; a `DataError` where it has no such column."""
    table, where = read(path, column)
    if column not in table.columns:
        raise DataError(
            f"there is no column {column!r}", where=where, why=f"it has {', '.join(table.columns)}"[:300]
        )
    own = table[column].drop_nulls()
    if not (own.dtype == pl.String or own.dtype.is_integer()):
        raise DataError(f"{column!r} is of type {own.dtype}", where=where, why="ids are integers or texts")
    return own.cast(pl.String).to_list()


def is_file(source: object) -> bool:
    """Whether it is a path: of text, by its ending, for an id may be any other."""
    return isinstance(source, Path) or (isinstance(source, str) and source.lower().endswith(ENDINGS))


def _file(path: Path) -> pl.DataFrame:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise OptionError(f"can't tell what {path.name!r} is", instead=f"a file named {', '.join(ENDINGS)}")
    if not path.is_file():
        raise OptionError("there is no such file", where=str(path))
    try:
        if ending == ".parquet":
            return pl.read_parquet(path)
        if ending == ".jsonl":
            return pl.read_ndjson(path, infer_schema_length=None)
        return pl.read_csv(path, separator="\t" if ending == ".tsv" else ",", infer_schema=False)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a damaged file makes polars panic, which is no Exception
        why = " ".join(str(error).split())[:200]
        raise DataError("the file can't be read", where=str(path), why=why) from None


def _columns(source: Any, what: str) -> pl.DataFrame:
    if isinstance(source, Mapping):
        names, found = list(source), dict(source)
    elif hasattr(source, "columns") and hasattr(source, "__getitem__"):
        names = [str(name) for name in source.columns]
        found = {name: source[name].tolist() for name in names}
    else:
        raise OptionError(
            f"{what}: a {type(source).__name__} is no table",
            instead="a path, a frame of polars or pandas, or a mapping of columns",
        )
    try:
        return pl.DataFrame({name: found[name] for name in names}, strict=False)
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise DataError(f"{what} can't be read", why=" ".join(str(error).split())[:200]) from error


def ids(column: pl.Series, like: pl.Series, where: str) -> pl.Series:
    """The ids in the type of the data's. A `DataError` for one that is missing or no such id."""
    if missing := column.null_count():
        row = int(column.is_null().arg_max() or 0) + 1
        raise DataError(f"{missing:,} ids are missing, the first in row {row}", where=where)
    integers = like.dtype.is_integer()
    if not (column.dtype.is_integer() or column.dtype == pl.String):
        raise DataError(f"ids are of type {column.dtype}", where=where, instead="integers or texts")
    if not integers:
        return column.cast(pl.String).alias("id")
    plain = column if column.dtype.is_integer() else column.str.strip_chars()
    found = plain.cast(pl.Int64, strict=False)
    wrong = found.is_null() | (found.cast(pl.String) != plain.cast(pl.String))  # 015 is another than 15
    _first(column, wrong, "is no whole number, and the ids of the data are", where)
    return found.alias("id")


def typed(column: pl.Series, type: str, where: str) -> pl.Series:
    """A feature as the data has it: String for categorical and text, Float64 for numeric, List(String) for
    multi. Blanks around texts go; empty texts and lists are missing. A `DataError` for values that are
    nothing of the sort."""
    if column.dtype == pl.Null:
        return column.cast({"numeric": pl.Float64, "multi": pl.List(pl.String)}.get(type, pl.String))
    return {"numeric": _numeric, "multi": _multi}.get(type, _text)(column, where)


def _text(column: pl.Series, where: str) -> pl.Series:
    if not (column.dtype.is_integer() or column.dtype in (pl.String, pl.Boolean, pl.Categorical, pl.Enum)):
        raise _wrong(column, "a text", where)
    text = column.cast(pl.String).str.strip_chars()
    return text.set(text == "", None)


def _numeric(column: pl.Series, where: str) -> pl.Series:
    if column.dtype != pl.String and not column.dtype.is_numeric():
        raise _wrong(column, "a number", where)
    given = column
    if column.dtype == pl.String:
        given = column.str.strip_chars()
        given = given.set(given == "", None)
    found = given.cast(pl.Float64, strict=False)
    _first(column, found.is_null() & given.is_not_null(), "is no number", where)
    found = found.fill_nan(None)
    _first(column, (found.abs() > LARGEST).fill_null(value=False), "is not finite, or too large", where)
    return found


def _multi(column: pl.Series, where: str) -> pl.Series:
    inner = column.dtype.inner if isinstance(column.dtype, pl.List) else None
    if column.dtype == pl.String:
        lists = column.str.split(SPLIT)
    elif inner is not None and (inner in (pl.String, pl.Null) or inner.is_integer()):
        lists = column.cast(pl.List(pl.String))
    else:
        raise _wrong(column, "a list of texts", where)
    text = pl.element().str.strip_chars()
    kept = lists.list.eval(text.filter(text != ""))
    return kept.set(kept.list.len() == 0, None)


def _wrong(column: pl.Series, wanted: str, where: str) -> DataError:
    return DataError(f"{column.name!r} is of type {column.dtype}", where=where, why=f"{wanted} belongs there")


def _first(column: pl.Series, wrong: pl.Series, what: str, where: str) -> None:
    if wrong.any():
        row = int(wrong.arg_max() or 0)
        place = f"{where}, row {row + 1}" if len(column) > 1 else where
        raise DataError(f"{column.name!r} {what}: {str(column[row])[:80]!r}", where=place)
