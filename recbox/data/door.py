"""What may pass from a source to the rest: right columns and types, no nulls, nothing that is not finite.

Sources check their own rows; this is for what a third party's source lets through.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import polars as pl

from recbox.data.columns import Column
from recbox.data.tables import MAX_BAD, MAX_WORD, BadRow, Tables, Triples
from recbox.errors import DataError

_TYPES = {
    "user": (pl.String, pl.Int64),
    "item": (pl.String, pl.Int64),
    "weight": (pl.Float64,),
    "time": (pl.Int64,),
}
_FEATURE = {"categorical": pl.String, "text": pl.String, "numeric": pl.Float64, "multi": pl.List(pl.String)}
_LARGEST = float(np.finfo(np.float32).max)


def admit(tables: Tables) -> Tables:
    """The tables with unusable interactions moved to the bad rows; a `DataError` where a column is wrong."""
    frame = tables.interaction
    for column in ("user", "item"):
        _require(column in frame.columns, tables, f"the interactions lack the column {column!r}")
    for column, allowed in _TYPES.items():
        if column in frame.columns:
            _require(frame.schema[column] in allowed, tables, f"{column!r} is of type {frame.schema[column]}")
    for type in ("user", "item"):
        _features(type, tables)
    for name, links in tables.relation.items():
        _links(name, links, tables)
    if tables.knowledge is not None:
        _triples(tables.knowledge, tables)
    return _without_bad(tables)


def _require(holds: bool, tables: Tables, problem: str) -> None:
    if not holds:
        raise DataError(
            f"the source gave tables that can't be used: {problem}",
            where=tables.origin or tables.name,
            instead="tell the author of the source; `recbox.data.Tables` says what a source gives",
        )


def _features(type: str, tables: Tables) -> None:
    frame: pl.DataFrame | None = getattr(tables, type)
    if frame is None:
        return
    id_type = tables.interaction.schema[type]
    _require(frame.schema.get("id") == id_type, tables, f"ids of the {type} table are not of type {id_type}")
    ids = frame["id"]
    _require(not ids.null_count() and ids.n_unique() == len(ids), tables, f"the {type} table has an id twice")
    for column in tables.columns.get(type, ()):
        _require(_fits(column, frame), tables, f"the {type} column {column.name!r} is not {column.type}")


def _fits(column: Column, frame: pl.DataFrame) -> bool:
    return frame.schema.get(column.name) == _FEATURE[column.type]


def _links(name: str, links: pl.DataFrame, tables: Tables) -> None:
    for side, type in zip(("source", "target"), tables.ends[name], strict=True):
        expected = tables.interaction.schema[type]
        _require(
            links.schema.get(side) == expected, tables, f"relation {name!r}: {side} is not of type {expected}"
        )
        _require(not links[side].null_count(), tables, f"relation {name!r}: {side} has missing ids")
    if "weight" in links.columns:
        weight = links["weight"]
        finite = weight.dtype == pl.Float64 and not weight.null_count() and bool(weight.is_finite().all())
        _require(finite, tables, f"relation {name!r}: weights must be finite numbers")


def _triples(knowledge: Triples, tables: Tables) -> None:
    _texts(knowledge.triple, ("head", "relation", "tail"), tables)
    longest = knowledge.triple["relation"].str.len_chars().max()
    short = not isinstance(longest, int) or longest <= MAX_WORD
    _require(short, tables, f"knowledge: a relation has more than {MAX_WORD} characters")
    if knowledge.link is not None:
        _texts(knowledge.link, ("item", "entity"), tables)
        once = knowledge.link["entity"].n_unique() == knowledge.link.height
        _require(once, tables, "knowledge: an entity is linked twice")


def _texts(frame: pl.DataFrame, names: tuple[str, ...], tables: Tables) -> None:
    for name in names:
        there = frame.schema.get(name) == pl.String
        _require(there, tables, f"knowledge: {name!r} is not a column of type String")
        _require(not frame[name].null_count(), tables, f"knowledge: {name!r} has missing values")


def _without_bad(tables: Tables) -> Tables:
    frame = tables.interaction
    rules = _reasons(frame.columns)
    if not frame.select(pl.any_horizontal(wrong for wrong, _ in rules).any()).item():
        return tables
    reason = pl.coalesce(*(pl.when(wrong).then(pl.lit(said)) for wrong, said in rules))
    marked = frame.with_columns(reason.alias("_reason"), pl.int_range(1, pl.len() + 1).alias("_row"))
    bad = marked.filter(pl.col("_reason").is_not_null())
    spelled = [
        BadRow(row.get("file", tables.name), row.get("line", row["_row"]), row["_reason"])
        for row in bad.head(MAX_BAD).iter_rows(named=True)
    ]
    return replace(
        tables,
        interaction=frame.filter(marked["_reason"].is_null()),
        bad=(*tables.bad, *spelled)[:MAX_BAD],
        bad_count=tables.bad_count + bad.height,
    )


def _reasons(columns: Iterable[str]) -> list[tuple[pl.Expr, str]]:
    """When a row is unusable, and why."""
    rules = [(pl.col(name).is_null(), f"no {name}") for name in _TYPES if name in columns]
    if "weight" in columns:
        weight = pl.col("weight")
        rules.append((~weight.is_finite() | (weight.abs() > _LARGEST), "the weight is not a finite number"))
    if "behaviour" in columns:
        rules.append((pl.col("behaviour").is_null(), "no behaviour"))
        overlong = pl.col("behaviour").str.len_chars() > MAX_WORD
        rules.append((overlong, f"the behaviour is longer than {MAX_WORD} characters"))
    if "part" in columns:
        allowed = pl.col("part").is_in(["train", "valid", "test"]).fill_null(False)
        rules.append((~allowed, "the part is not train, valid or test"))
    return rules
