"""A frame of events as a table of a source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from recbox.data import BadRow, Tables
from recbox.data.tables import MAX_BAD
from recbox.errors import DataError
from recbox.recommend import frames
from recbox.source._times import FIRST, LAST, TimeFormat, seconds_of

ROLES = ("user", "item", "time", "weight", "behaviour")


def of_frame(frame: pl.DataFrame, where: str, time: TimeFormat = "auto") -> Tables:
    """Columns of `ROLES`: ids of integers or text; numbers; times as numbers of seconds, as
    times, or as texts of either."""
    typed = {name: frame[name] for name in ROLES if name in frame.columns}
    for role in ("user", "item"):
        if not (typed[role].dtype.is_integer() or typed[role].dtype == pl.String):
            why = "ids are integers or texts"
            raise DataError(f"{role!r} is of type {typed[role].dtype}", where=where, why=why)
        kind = pl.Int64 if typed[role].dtype.is_integer() else pl.String
        typed[role] = typed[role].cast(kind)
    if "weight" in typed:
        typed["weight"] = frames.typed(typed["weight"], "numeric", where)
    if "time" in typed:
        typed["time"] = _seconds(typed["time"], time, where)
    if "behaviour" in typed:
        typed["behaviour"] = typed["behaviour"].cast(pl.String)
    named = pl.DataFrame([column.alias(name) for name, column in typed.items()])
    rows = named.with_columns(pl.lit(where).alias("file"), pl.int_range(1, pl.len() + 1).alias("line"))
    needed = [n for n in typed if n != "behaviour"]
    missing = pl.any_horizontal(pl.col(n).is_null() for n in needed)
    bad = rows.filter(missing)
    told = tuple(BadRow(where, r["line"], _why(r, needed, frame)) for r in bad.head(MAX_BAD).to_dicts())
    good = rows.filter(~missing).with_columns(pl.col("line").cast(pl.Int64))
    return Tables("events", good, bad=told, bad_count=bad.height, rows=rows.height, origin=where)


def _why(row: Mapping[str, Any], needed: Sequence[str], frame: pl.DataFrame) -> str:
    name = next(n for n in needed if row[n] is None)
    given = frame[name][row["line"] - 1]
    return f"no {name}" if given is None else f"{name} {str(given)[:80]!r} is not a {name}"


def _seconds(column: pl.Series, time: TimeFormat, where: str) -> pl.Series:
    """Null where it is no time. time: how texts are written."""
    if column.dtype.is_temporal():
        return column.cast(pl.Datetime("us")).dt.epoch("s")
    given = pl.col(column.name)
    if column.dtype == pl.String:
        found = seconds_of(given.str.strip_chars(), time)
    elif column.dtype.is_float():
        found = given.floor().cast(pl.Int64, strict=False)
    else:
        column, found = frames.typed(column, "numeric", where), given.cast(pl.Int64, strict=False)
    return column.to_frame().select(pl.when(found.is_between(FIRST, LAST)).then(found)).to_series()
