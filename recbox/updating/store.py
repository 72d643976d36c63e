"""The store of events that a server keeps, as what a source reads."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from recbox.data import Nodes, Tables
from recbox.recommend.values import frame_of, readable
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


def described(path: Path, type: str, nodes: Nodes) -> tuple[pl.DataFrame, int]:
    """What is said of items or users: a column `id` and all of the data's, as a server reads them; and how
    many ids and values are left out, for the data couldn't have them."""
    with opened(path) as store:
        rows = store.users() if type == "user" else [(row.id, row.columns) for row in store.items()]
    kept, left = readable(nodes, list(rows))
    return frame_of(nodes, kept, type, str(path)), sum(left.values())
