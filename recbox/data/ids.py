"""External ids to dense ones."""

from __future__ import annotations

from typing import cast

import numpy as np
import polars as pl

from recbox.data.ordering import pieces
from recbox.errors import DataError

SPARSE = 2
"""Integers for each row, up to which ids are looked up in a table of all integers between them."""


def codes(ids: pl.Series) -> tuple[pl.Series, np.ndarray]:
    """The different ids in ascending order (integers as integers, strings by code point), and for each row
    the position of its id among them, int64."""
    if ids.dtype == pl.Int64 and len(ids) and (width := _span(ids)) <= SPARSE * len(ids):
        return _counted(ids, width)
    different = ids.unique().sort()
    if different.dtype == pl.String:
        position = ids.cast(pl.Enum(different)).to_physical().to_numpy()
    else:
        position = np.searchsorted(different.to_numpy(), ids.to_numpy())
    return different, position.astype(np.int64)


def _span(ids: pl.Series) -> int:
    """How many integers lie from the smallest id to the largest."""
    low, high = cast("tuple[int, int]", (ids.min(), ids.max()))
    return high - low + 1


def _counted(ids: pl.Series, width: int) -> tuple[pl.Series, np.ndarray]:
    """The same, by a table of all integers between: no sort, no search."""
    offset = ids.to_numpy() - cast("int", ids.min())
    there = np.zeros(width, bool)
    there[offset] = True
    place = np.cumsum(there) - 1
    for rows in pieces(len(offset)):
        offset[rows] = place[offset[rows]]
    return pl.Series(ids.name, np.flatnonzero(there) + cast("int", ids.min())), offset


def dense(position: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Which of `count` positions are there, ascending, and for each row the place of its own among these."""
    there = np.bincount(position, minlength=count) > 0
    used = np.flatnonzero(there)
    return used, position if len(used) == count else (np.cumsum(there) - 1)[position]


def position(values: pl.Series, ids: pl.Series) -> np.ndarray:
    """Inner ids of `values`; -1 for those that are not among `ids`."""
    at = pl.DataFrame({"id": ids, "at": np.arange(len(ids))})
    found = values.alias("id").to_frame().join(at, on="id", how="left", maintain_order="left")["at"]
    return found.fill_null(-1).to_numpy().astype(np.int64)


def whole(text: str) -> int | None:
    """The integer that the data would write so; None for any other text, such as `007` or ` 7`."""
    if len(text) > 20 or not text.isascii() or not text.removeprefix("-").isdecimal():
        return None
    number = int(text)
    return number if str(number) == text and -(2**63) <= number < 2**63 else None


def check_id(text: str, integers: bool, type: str, where: str) -> None:
    """A `DataError` for what the data couldn't have as the id of a user or an item. integers: whether its ids
    are."""
    if integers and whole(text) is None:
        raise DataError(
            f"{text[:80]!r} is no id of {'an item' if type == 'item' else 'a user'}",
            where=where,
            why=f"ids of {type}s are whole numbers, written without blanks, plus signs or leading zeros",
            instead="15, or as text '15'",
        )
