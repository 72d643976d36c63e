"""What is said of new users and items: a row of columns each, in the types that the data has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from recbox.data import Nodes
from recbox.errors import DataError
from recbox.recommend import frames
from recbox.store import is_store
from recbox.updating import store


def read_described(
    source: object, type: str, nodes: Nodes, recipe: Mapping[str, Any]
) -> tuple[pl.DataFrame, int]:
    """A column `id`, in the type of the data's ids, and every feature column of the data's.

    source: a CSV, TSV, JSON lines or Parquet file, a frame, a mapping of columns, or a store. Where the
    recipe's source is `table`, columns may have the names that its files have. A column that is not there
    (other than a title) is a `DataError`, but for a store, where each row says what it says. Of a store, it
    is told too how much is left out.
    """
    path = Path(source) if isinstance(source, str | Path) else None
    if path is not None and is_store(path):
        return store.described(path, type, nodes)
    table, where = frames.read(source, f"new {type}s")
    if not table.height:
        return nodes.table.clear(), 0
    table = _renamed(table, type, recipe)
    own = next((name for name in ("id", type) if name in table.columns), None)
    wanted = [c.name for c in nodes.columns if c.role != "title"]
    missing = [*(["id"] if own is None else []), *(n for n in wanted if n not in table.columns)]
    if missing or own is None:
        raise DataError(
            f"columns are missing: {', '.join(missing)}",
            where=where,
            why=f"it has {', '.join(table.columns)}"[:300],
            instead="write each of them; a value that is not known is left empty",
        )
    return _typed(table, own, nodes, where), 0


def _typed(table: pl.DataFrame, own: str, nodes: Nodes, where: str) -> pl.DataFrame:
    found = [frames.ids(table[own], nodes.ids, where)]
    if found[0].n_unique() < len(found[0]):
        twice = found[0].filter(found[0].is_duplicated())[0]
        raise DataError(f"the id {str(twice)[:80]!r} stands there twice", where=where)
    for c in nodes.columns:
        column = table[c.name] if c.name in table.columns else pl.Series(c.name, [None] * table.height)
        found.append(frames.typed(column, c.type, where).alias(c.name))
    return pl.DataFrame(found)


def _renamed(table: pl.DataFrame, type: str, recipe: Mapping[str, Any]) -> pl.DataFrame:
    """With the names that the data has, where the table has those of the recipe's files."""
    source = (recipe.get("data") or {}).get("source") or {}
    names: dict[str, str] = {}
    for file in source.get(type) or () if source.get("use") == "table" else ():
        if isinstance(file.get("id"), str):
            names[file["id"]] = "id"
        for name, column in (file.get("columns") or {}).items():
            at = column.get("column") if isinstance(column, Mapping) else None
            if isinstance(at, str):
                names[at] = name
    here = {old: new for old, new in names.items() if old in table.columns and new not in table.columns}
    return table.rename(here)
