"""Events become rows of the training part: what is there already isn't there twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from recbox.data import Dataset, Interactions, Split
from recbox.data.ids import position
from recbox.errors import DataError
from recbox.updating.leaving import State, stamped


def applied(state: State, frame: pl.DataFrame, duplicate: str, counts: dict[str, int], where: str) -> State:
    """frame: columns user, item, weight, behaviour and, where the data has it, time; of known nodes.
    duplicate: as `data.clean`. A `DataError` for events that repeat others where these are refused."""
    data, x = state.data, state.data.interaction
    events = _inner(frame, data)
    part = _parts(state.split, len(x))
    row = _rows(x, events, data)
    late = np.zeros(len(row), bool)
    held = row >= 0
    if x.time is not None and events.time is not None:
        late[held] = events.time[held] > x.time[row[held]]
    trained = np.zeros(len(row), bool)
    trained[held] = part[row[held]] == 0
    counts["known"] = int((held & ~late).sum())
    counts["held_out"] = int((held & late & ~trained).sum())
    again, new = np.flatnonzero(held & late & trained), np.flatnonzero(~held)
    if duplicate == "refuse" and (len(again) or _repeats(events, new, data)):
        raise DataError(
            "events repeat a user and item",
            where=where,
            why="the recipe says `data.clean.duplicate: refuse`",
            instead="leave these out, or a recipe with `duplicate: last` or `sum`",
        )
    sums = duplicate == "sum"
    x, counts["repeated"] = _repeated(x, events.take(again), row[again], sums)
    added = _once(events.take(new), data, sums)
    counts["new"] = len(added)
    counts["merged"] = len(again) + len(new) - counts["repeated"] - counts["new"]
    whole = _joined(x, added)
    rows = np.arange(len(x), len(whole))
    data = replace(data, interaction=whole)
    split = replace(state.split, train=np.concatenate([state.split.train, rows]))
    return State(data, stamped(data, split), state.base)


def _inner(frame: pl.DataFrame, data: Dataset) -> Interactions:
    """The events by inner ids, by time, and in their own order where times are equal or there are none."""
    has_time = data.interaction.time is not None
    if has_time:  # so that the last one in time is the last row
        frame = frame.sort("time", maintain_order=True)
    names = pl.Series(list(data.behaviours), dtype=pl.String)
    behaviour = position(frame["behaviour"], names).astype(np.int8) if data.behaviours else None
    return Interactions(
        position(frame["user"], data.user.ids),
        position(frame["item"], data.item.ids),
        frame["weight"].to_numpy().astype(np.float32),
        frame["time"].to_numpy().astype(np.int64) if has_time else None,
        behaviour,
        None if data.interaction.part is None else np.zeros(frame.height, np.int8),
    )


def _keys(x: Interactions, data: Dataset) -> np.ndarray:
    """int64: a number for each user, item and behaviour."""
    key = x.user * np.int64(max(len(data.item), 1)) + x.item
    return key if x.behaviour is None else key * np.int64(len(data.behaviours) or 1) + x.behaviour


def _rows(x: Interactions, events: Interactions, data: Dataset) -> np.ndarray:
    """int64: the row of the data that each event repeats, -1 for none."""
    known, key = _keys(x, data), _keys(events, data)
    order = np.argsort(known, kind="stable")
    at = np.searchsorted(known, key, sorter=order)
    row = order[np.minimum(at, len(order) - 1)] if len(order) else np.full(len(key), -1)
    return np.where(known[row] == key, row, -1) if len(order) else row


def _parts(split: Split, count: int) -> np.ndarray:
    """int8: 0 for a row of the training part."""
    part = np.ones(count, np.int8)
    part[split.train] = 0
    return part


def _repeats(events: Interactions, rows: np.ndarray, data: Dataset) -> bool:
    key = _keys(events.take(rows), data)
    return len(np.unique(key)) < len(key)


def _repeated(x: Interactions, events: Interactions, row: np.ndarray, sums: bool) -> tuple[Interactions, int]:
    """Rows of the data as later events leave them, and how many these are. row: of each event."""
    if not len(row):
        return x, 0
    weight = x.weight.copy()
    if sums:
        np.add.at(weight, row, events.weight)
    else:
        weight[row] = events.weight  # the last one, for events are in the order of time
    assert x.time is not None and events.time is not None  # noqa: S101 (else none is later)
    time = x.time.copy()
    np.maximum.at(time, row, events.time)
    return replace(x, weight=weight, time=time), len(np.unique(row))


def _once(events: Interactions, data: Dataset, sums: bool) -> Interactions:
    """One row for each user, item and behaviour: the last, and with `sums` the sum of all weights."""
    key = _keys(events, data)
    _, back, place = np.unique(key[::-1], return_index=True, return_inverse=True)
    last = len(key) - 1 - back
    found = events.take(last)
    if sums:
        total = np.bincount(place.reshape(-1), events.weight[::-1].astype(np.float64), len(last))
        found = replace(found, weight=total.astype(np.float32))
    return found.take(np.argsort(last, kind="stable"))


def _joined(x: Interactions, more: Interactions) -> Interactions:
    if not len(more):
        return x
    columns = {name: np.concatenate([getattr(x, name), getattr(more, name)]) for name in x.columns}
    return replace(x, **columns)
