"""What nodes have interacted with, in the order in which they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

from recbox.recipe.template import other

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_matrix

    from recbox.data import Dataset


@dataclass(frozen=True, eq=False)
class History:
    """Of each node the others that it has: row n's are `node[indptr[n]:indptr[n + 1]]`, the newest first.

    indptr: int64 `[n + 1]`. node: int64 inner ids (of items for users, of users for items), each once within
    a row, where it was last.

    Stability: stable for callers.
    """

    indptr: np.ndarray
    node: np.ndarray

    @classmethod
    def of(cls, train: Dataset, node: str) -> Self:
        """Of all users, or items, of a training part: by time, and by the data's order where times are equal
        or there are none."""
        import numpy as np

        x = train.interaction
        own, theirs = getattr(x, node), getattr(x, other(node))
        place = -np.arange(len(x))
        order = np.lexsort((place,) if x.time is None else (place, -x.time))
        own, theirs = own[order], theirs[order]
        pair = np.lexsort((np.arange(len(x)), theirs, own))
        first = np.ones(len(x), dtype=bool)
        first[1:] = (np.diff(own[pair]) != 0) | (np.diff(theirs[pair]) != 0)
        newest = np.sort(pair[first])
        newest = newest[np.argsort(own[newest], kind="stable")]
        counts = np.bincount(own[newest], minlength=len(train.nodes(node)))
        return cls(np.cumsum([0, *counts]).astype(np.int64), theirs[newest].astype(np.int64))

    @classmethod
    def none(cls, count: int) -> Self:
        """So many nodes that have nothing."""
        import numpy as np

        return cls(np.zeros(count + 1, np.int64), np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def lists(self, last: int | None = None) -> list[list[int]]:
        """Each row, or its newest `last`."""
        bounds, flat = self.indptr.tolist(), self.node.tolist()
        return [flat[a : b if last is None else min(b, a + last)] for a, b in pairwise(bounds)]

    def take(self, rows: Sequence[int] | np.ndarray) -> Self:
        """Some rows, in the order given."""
        import numpy as np

        rows = np.asarray(rows, np.int64).reshape(-1)
        parts = [self.node[self.indptr[r] : self.indptr[r + 1]] for r in rows]
        return type(self)(
            np.cumsum([0, *map(len, parts)]).astype(np.int64), np.concatenate([self.node[:0], *parts])
        )

    def matrix(self, width: int, last: int | None = None) -> csr_matrix:
        """float32 `[n, width]`: 1 for each one that a row has, or its newest `last`; columns are sorted."""
        import numpy as np
        from scipy.sparse import csr_matrix

        length = np.diff(self.indptr)
        row = np.repeat(np.arange(len(self)), length)
        age = np.arange(len(self.node)) - self.indptr[row]
        near = slice(None) if last is None else age < last
        ones = np.ones(len(row[near]), dtype=np.float32)
        return csr_matrix((ones, (row[near], self.node[near])), shape=(len(self), width))
