"""Values of columns as clients send them: checked, and put in place of what the data has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from recbox.errors import DataError, nearest
from recbox.recommend.values import of_values, readable

if TYPE_CHECKING:
    from recbox.data import Nodes

KEPT = "0"
"""An id that any data could have."""


def check(nodes: Nodes, columns: Mapping[str, Any], where: str) -> None:
    """A `DataError` for a column that the data doesn't have, or a value that is none of its type."""
    row_of(nodes, columns, where)


def row_of(nodes: Nodes, columns: Mapping[str, Any], where: str) -> pl.DataFrame:
    """A row of the columns that are named; a `DataError` as in `check`."""
    known, found = {column.name: column for column in nodes.columns}, []
    for name, value in columns.items():
        if name not in known:
            instead = nearest(name, list(known)) if known else "the data has no columns"
            raise DataError(f"there is no column {name!r}"[:300], where=where, instead=instead[:300])
        found.append(of_values(name, known[name].type, [value], f"{where}.{name}"[:200]))
    return pl.DataFrame(found)


def fitting(nodes: Nodes, columns: Mapping[str, Any]) -> dict[str, Any]:
    """What a store says of one node, without what the data couldn't have."""
    known, ((_, kept),) = {column.name for column in nodes.columns}, readable(nodes, [(KEPT, columns)])[0]
    return {name: value for name, value in kept.items() if name in known}


def changed(nodes: Nodes, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> pl.DataFrame | None:
    """The data's columns with what was said of known nodes since; None where nothing was."""
    if not rows:
        return None
    found = []
    for column in nodes.columns:
        own = [(at, said[column.name]) for at, said in rows if column.name in said]
        table = nodes.table.select(pl.col(column.name).alias("was")).with_row_index("row")
        value = of_values(column.name, column.type, [value for _, value in own], "items").alias("value")
        said = pl.DataFrame([pl.Series("row", [at for at, _ in own], pl.UInt32), value])
        both = table.join(said.with_columns(said=True), on="row", how="left", maintain_order="left")
        taken = pl.when(pl.col("said")).then("value").otherwise("was").alias(column.name)
        found.append(both.select(taken)[column.name])
    return pl.DataFrame(found)
