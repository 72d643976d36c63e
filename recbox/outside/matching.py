"""Ids of a ranking to the inner ids of the data; those that the data doesn't know are counted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

SHOWN = 3
"""Strangers that a message names."""
DENSE = 16
"""Numbers in the range of the ids, for each id, up to which a table is made of the range."""


def inner_ids(given: pl.Series, ids: pl.Series) -> np.ndarray:
    """int64 rows of `given` (Int64 or String) among `ids`, which ascend and are distinct; -1 for a stranger.

    Where the data's ids are whole numbers, `196` and the text `196` are the same, and `0196` is none; where
    they are text, a number is the text that writes it.
    """
    if ids.dtype.is_integer():
        return _among_numbers(given, ids.to_numpy())
    text = given.cast(pl.String)
    place = text.cast(pl.Enum(ids.cast(pl.String)), strict=False).to_physical()
    return place.cast(pl.Int64).fill_null(-1).to_numpy()


def _among_numbers(given: pl.Series, ids: np.ndarray) -> np.ndarray:
    if not len(ids):
        return np.full(len(given), -1, np.int64)
    plain = np.ones(len(given), dtype=bool)
    if given.dtype == pl.String:
        number = given.cast(pl.Int64, strict=False)
        plain = (number.cast(pl.String) == given).fill_null(False).to_numpy()
        given = number.fill_null(0)
    value = given.to_numpy()
    place = _places(value, ids)
    return np.where((ids[place] == value) & plain, place, -1)


def _places(value: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Where each value stands among the ids, if it does. Dense ids are looked up in a table."""
    low, high = int(ids[0]), int(ids[-1])
    if high - low < DENSE * len(ids):
        table = np.zeros(high - low + 1, dtype=np.int64)
        table[ids - low] = np.arange(len(ids))
        return np.asarray(table[np.clip(value, low, high) - low])
    return np.minimum(np.searchsorted(ids, value), len(ids) - 1)


@dataclass
class Strangers:
    """Ids that the data doesn't know: rows, and different ids by their hashes, 8 bytes each."""

    rows: int = 0
    examples: tuple[str, ...] = ()
    _hashes: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.UInt64))

    @property
    def different(self) -> int:
        return len(self._hashes)

    def add(self, ids: pl.Series) -> None:
        if not len(ids):
            return
        self.rows += len(ids)
        found = ids.unique(maintain_order=True)
        self._hashes = pl.concat([self._hashes, found.hash().rename("")]).unique()
        if len(self.examples) < SHOWN:
            more = found.head(SHOWN).cast(pl.String).to_list()
            self.examples = tuple(dict.fromkeys([*self.examples, *more]))[:SHOWN]
