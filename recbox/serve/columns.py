"""Values of columns as JSON has them, brought to the types that the data has."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from recbox.errors import DataError, nearest
from recbox.recommend import frames

if TYPE_CHECKING:
    from recbox.data import Column, Nodes


def check(nodes: Nodes, columns: Mapping[str, Any], where: str) -> None:
    """A `DataError` for a column that the data doesn't have, or a value that is none of its type."""
    known = {column.name: column for column in nodes.columns}
    for name, value in columns.items():
        if name not in known:
            instead = nearest(name, list(known)) if known else "the data has no columns"
            raise DataError(f"there is no column {name!r}"[:300], where=where, instead=instead[:300])
        series(known[name], [value], where)


def series(column: Column, values: Sequence[Any], where: str) -> pl.Series:
    """The values in the type of the column, None where one is missing."""
    read = {"numeric": _number, "multi": _list}.get(column.type, _text)
    found = [None if value is None else read(value, column.name, where) for value in values]
    type = {"numeric": pl.Float64(), "multi": pl.List(pl.String)}.get(column.type, pl.String())
    return frames.typed(pl.Series(column.name, found, type), column.type, where)


def frame_of(
    nodes: Nodes, rows: Sequence[tuple[str, Mapping[str, Any]]], where: str = "items"
) -> pl.DataFrame:
    """A column `id` and all of the data's, for new nodes. What isn't said is missing, and so is an empty
    list. A `DataError` for an id that the data couldn't have."""
    found = [frames.ids(pl.Series("id", [id for id, _ in rows], pl.String), nodes.ids, where)]
    for column in nodes.columns:
        one = series(column, [said.get(column.name) for _, said in rows], where)
        if column.type == "multi":
            one = one.set(one.list.len() == 0, None)
        found.append(one)
    return pl.DataFrame(found)


def changed(nodes: Nodes, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> pl.DataFrame | None:
    """The data's columns with what was said of known nodes since; None where nothing was."""
    if not rows:
        return None
    found = []
    for column in nodes.columns:
        own = [(at, said[column.name]) for at, said in rows if column.name in said]
        table = nodes.table.select(pl.col(column.name).alias("was")).with_row_index("row")
        value = series(column, [value for _, value in own], "items").alias("value")
        said = pl.DataFrame([pl.Series("row", [at for at, _ in own], pl.UInt32), value])
        both = table.join(said.with_columns(said=True), on="row", how="left", maintain_order="left")
        taken = pl.when(pl.col("said")).then("value").otherwise("was").alias(column.name)
        found.append(both.select(taken)[column.name])
    return pl.DataFrame(found)


def _number(value: Any, name: str, where: str) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise _wrong(value, name, "a number", where) from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(value, name, "a number", where)
    return float(value)


def _text(value: Any, name: str, where: str) -> str:
    if isinstance(value, list | float):
        raise _wrong(value, name, "a text", where)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _list(value: Any, name: str, where: str) -> list[str]:
    if isinstance(value, str):
        value = value.split(frames.SPLIT)
    if not isinstance(value, list):
        raise _wrong(value, name, "a list of texts", where)
    return [text for text in (str(each).strip() for each in value) if text]


def _wrong(value: Any, name: str, wanted: str, where: str) -> DataError:
    return DataError(f"{name!r} is {str(value)[:80]!r}", where=where, why=f"{wanted} belongs there")
