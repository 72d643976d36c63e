"""A data set and its split without some users: nothing of them is left in either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from recbox.data import Dataset, Nodes, Split, fingerprint_of
from recbox.errors import OptionError


@dataclass(frozen=True)
class State:
    """What a version holds of the data. base: what parameters were trained with, see the manifest's
    `updated`."""

    data: Dataset
    split: Split
    base: Mapping[str, int]


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
    """Lists in columns of users without the ids (as text), and how many of these stood there. Where ids are
    numbers nothing tells one from a category of the same number, and lists stay."""
    if data.user.ids.dtype.is_integer():
        return data, 0
    names = [c.name for c in data.user.columns if c.type == "multi"]
    known, table = list(ids), data.user.table
    lists = {n: pl.col(n).list.eval(pl.element().filter(~pl.element().is_in(known))) for n in names}
    count = sum(int(table[n].explode().is_in(known).sum()) for n in names) if known else 0
    if not count:
        return data, 0
    left = table.with_columns(pl.when(c.list.len() > 0).then(c).alias(n) for n, c in lists.items())
    return replace(data, user=replace(data.user, table=left)), count


def _without_rows(data: Dataset, split: Split, keep: np.ndarray) -> Split:
    moved = np.cumsum(keep) - 1
    parts = {name: _moved(getattr(split, name), keep, moved) for name in ("train", "valid", "test")}
    return stamped(data, replace(split, **parts))


def _moved(rows: np.ndarray, keep: np.ndarray, moved: np.ndarray) -> np.ndarray:
    return moved[rows[keep[rows]]]


def stamped(data: Dataset, split: Split) -> Split:
    """With the fingerprint that its rows have."""
    return replace(split, fingerprint=fingerprint_of(data.interaction, split))
