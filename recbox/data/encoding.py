"""Interactions as a source gives them to arrays with inner ids."""

from __future__ import annotations

import numpy as np
import polars as pl

from recbox.data.dataset import Interactions
from recbox.data.ids import codes
from recbox.data.tables import Tables
from recbox.errors import DataError
from recbox.scratch import Scratch


def encode(
    tables: Tables, scratch: Scratch, spend: bool
) -> tuple[Interactions, pl.Series, pl.Series, tuple[str, ...]]:
    """All of them in their order, the ids of users and items ascending, and the behaviours' names. spend:
    each column is taken out of the tables when it is read."""
    frame = tables.interaction
    has, take = frame.columns.__contains__, frame.drop_in_place if spend else frame.get_column
    for name in {"file", "line"} & set(frame.columns) if spend else ():
        frame.drop_in_place(name)
    user_ids, user = _codes(take("user"), scratch)
    item_ids, item = _codes(take("item"), scratch)
    behaviours, behaviour = _behaviours(take("behaviour")) if has("behaviour") else ((), None)
    weight = take("weight").to_numpy().astype(np.float32) if has("weight") else np.ones(len(user), np.float32)
    interaction = Interactions(
        user=user,
        item=item,
        weight=scratch.lay(weight),
        time=scratch.lay(take("time").to_numpy(writable=True)) if has("time") else None,
        behaviour=behaviour,
        part=_parts(take("part")) if has("part") else None,
        scratch=scratch,
    )
    return interaction, user_ids, item_ids, behaviours


def _codes(ids: pl.Series, scratch: Scratch) -> tuple[pl.Series, np.ndarray]:
    different, position = codes(ids)
    return different, scratch.lay(position)


def _behaviours(column: pl.Series) -> tuple[tuple[str, ...], np.ndarray]:
    names, position = codes(column)
    if len(names) > np.iinfo(np.int8).max:
        raise DataError(
            f"{len(names)} different behaviours; at most {np.iinfo(np.int8).max} are possible",
            instead="map `behaviour` to a column that says what a user did, such as view, cart, buy",
        )
    return tuple(names.to_list()), position.astype(np.int8)


def _parts(part: pl.Series) -> np.ndarray:
    return part.cast(pl.Enum(["train", "valid", "test"])).to_physical().to_numpy().astype(np.int8)
