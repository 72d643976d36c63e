"""The store of events that a server keeps, as what a source reads."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from recbox.data import Tables
from recbox.store import opened
from recbox.updating.framing import of_frame

_SCHEMA = {
    "user": pl.String,
    "item": pl.String,
    "time": pl.Float64,
    "weight": pl.Float64,
    "behaviour": pl.String,
}


def read(path: Path) -> Tables:
    """Its events in the order in which they were stored."""
    with opened(path) as store:
        rows = [(e.user, e.item, e.time, e.weight, e.behaviour) for e in store.events()]
    return of_frame(pl.DataFrame(rows, schema=_SCHEMA, orient="row"), str(path))


def described(path: Path, type: str) -> pl.DataFrame | None:
    """A column `id` and what is said of items or users, a column for each name; None: nothing is."""
    with opened(path) as store:
        if type == "user":
            said = [{**columns, "id": id} for id, columns in store.users()]
        else:
            said = [{**row.columns, "id": row.id} for row in store.items()]
    return pl.DataFrame(said, infer_schema_length=None, strict=False) if said else None
