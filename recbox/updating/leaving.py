"""A data set and its split without some users: nothing of them is left in either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from recbox.data import Column, Dataset, Nodes, Split, fingerprint_of
from recbox.errors import OptionError


@dataclass(frozen=True)
class State:
    """What a version holds of the data. base: what parameters were trained with, see the manifest's
    `updated`."""

    data: Dataset
    split: Split
    base: Mapping[str, int]


def whole(state: State) -> State:
    """The same, where what is fitted is fitted on all of it."""
    data = state.data
    counts = {type: len(data.nodes(type)) for type in ("user", "item", "entity")}
    return State(data, state.split, {**counts, "interaction": len(data.interaction)})


def without_users(state: State, gone: np.ndarray) -> State:
    """gone: int64 inner ids. Others move up; items stay, also those that nobody has any more."""
    if not len(gone):
        return state
    data, x = state.data, state.data.interaction
    keep = np.ones(len(data.user), bool)
    keep[gone] = False
    if not keep.any():
        raise OptionError("nobody would be left", why=f"all {len(keep):,} users are to be forgotten")
    rows = keep[x.user]
    place = np.cumsum(keep) - 1
    mine = x.take(np.flatnonzero(rows))
    left = replace(
        data,
        user=Nodes(data.user.table.filter(keep), data.user.columns),
        interaction=replace(mine, user=place[mine.user]),
    )
    base = {
        **state.base,
        "user": int(keep[: state.base["user"]].sum()),
        "interaction": int(rows[: state.base["interaction"]].sum()),
    }
    return State(left, _without_rows(left, state.split, rows), base)


def without_mentions(data: Dataset, ids: Sequence[str]) -> tuple[Dataset, int]:
    """Columns of ids of users (role `user`), and lists in other columns of users, without the ids (as text);
    and how many of these stood there. Where ids are numbers nothing tells one from a category of the same
    number, and lists that aren't said to hold users stay."""
    found, count = data, 0
    words = not data.user.ids.dtype.is_integer()
    for type in ("user", "item"):
        nodes = data.nodes(type)
        for column in nodes.columns if ids else ():
            if column.role == "user" or (words and type == "user" and column.type == "multi"):
                nodes, gone = _without(nodes, column, list(ids))
                count += gone
        found = replace(found, **{type: nodes})
    return (found, count) if count else (data, 0)


def _without(nodes: Nodes, column: Column, ids: list[str]) -> tuple[Nodes, int]:
    """A list that nothing is left of is none."""
    cells, own = nodes.table[column.name], pl.col(column.name)
    if column.type == "multi":
        left = own.list.eval(pl.element().filter(~pl.element().is_in(ids)))
        new, each = pl.when(left.list.len() > 0).then(left), cells.explode()
    else:
        new, each = pl.when(~own.cast(pl.String).is_in(ids)).then(own), cells.cast(pl.String)
    if not (count := int(each.is_in(ids).sum())):
        return nodes, 0
    return replace(nodes, table=nodes.table.with_columns(new.alias(column.name))), count


def _without_rows(data: Dataset, split: Split, keep: np.ndarray) -> Split:
    moved = np.cumsum(keep) - 1
    parts = {name: _moved(getattr(split, name), keep, moved) for name in ("train", "valid", "test")}
    return stamped(data, replace(split, **parts))


def _moved(rows: np.ndarray, keep: np.ndarray, moved: np.ndarray) -> np.ndarray:
    return moved[rows[keep[rows]]]


def stamped(data: Dataset, split: Split) -> Split:
    """With the fingerprint that its rows have."""
    return replace(split, fingerprint=fingerprint_of(data.interaction, split))
