"""External ids, as text, to inner ones, without a Python object for each."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import polars as pl

from recbox.data.ids import whole

FEW = 100
"""Ids that are looked up one by one."""


class Directory:
    """ids: of all users or items, as the data has them: inner id i is row i."""

    def __init__(self, ids: pl.Series) -> None:
        self.ids, self.integers = ids, ids.dtype.is_integer()
        self._ordered = bool(ids.is_sorted())  # as `Nodes` says; else each is looked up in a table
        self._table = {} if self._ordered else {str(id): i for i, id in enumerate(ids.to_list())}

    def __len__(self) -> int:
        return len(self.ids)

    def find(self, text: str) -> int:
        """The inner id; -1 where there is none."""
        if not self._ordered:
            return self._table.get(text, -1)
        key = whole(text) if self.integers else text
        if key is None:
            return -1
        at = bisect_left(self.ids, key)
        return at if at < len(self.ids) and self.ids[at] == key else -1

    def find_all(self, texts: list[str]) -> np.ndarray:
        """int64: of each, -1 where there is none."""
        if not self._ordered or len(texts) < FEW or not len(self):
            return np.fromiter((self.find(text) for text in texts), np.int64, len(texts))
        found = [whole(text) for text in texts] if self.integers else texts
        keys = pl.Series(found, dtype=pl.Int64 if self.integers else pl.String)
        at = np.minimum(self.ids.search_sorted(keys).to_numpy().astype(np.int64), len(self) - 1)
        same = (self.ids.gather(at) == keys).fill_null(value=False).to_numpy()
        return np.where(same, at, -1)
