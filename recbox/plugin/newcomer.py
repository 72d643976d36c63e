"""Users and items that weren't there when a method was fitted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from recbox.errors import OptionError

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from scipy.sparse import csr_matrix

    from recbox.data.history import History

Newcomer = Literal["user-history", "user-features", "item-features"]
"""What a method can score: users by the items that they have, users by their features, items by theirs.

Stability: stable for callers.
"""
Folded = Literal["user", "item"]
"""Of which nodes an update takes in new ones, with their events.

Stability: stable for callers.
"""


@dataclass(frozen=True, eq=False)
class NewUsers:
    """New users with what they have: row u's items are `item[indptr[u]:indptr[u + 1]]`.

    indptr: int64 `[n + 1]`. item: int64 inner ids of known items, ascending within a user, each once.
    weight: float32, one for each. features: a row for each user with columns as the data has them, nulls
    where unknown; a column that isn't there counts as unknown, and None is no column at all. newest: int64,
    places in `item`, user by user, of each user the newest first; None: nobody knows, and later ones in
    `item` count as newer. known: int64 `[n]`, by inner id who of them was there when the method was fitted
    and took more since, -1 for who wasn't; None: nobody was. All that they have stands in `item`, what they
    had then included. What a method learned of them alone, such as a first vector, goes on to count.

    Stability: stable for callers.
    """

    indptr: np.ndarray
    item: np.ndarray
    weight: np.ndarray
    features: pl.DataFrame | None = None
    newest: np.ndarray | None = None
    known: np.ndarray | None = None

    @classmethod
    def of(
        cls,
        histories: Iterable[Sequence[int] | np.ndarray],
        weights: Iterable[Sequence[float] | np.ndarray] | None = None,
        features: pl.DataFrame | None = None,
        known: Sequence[int] | np.ndarray | None = None,
    ) -> Self:
        """From each user's items in the order in which they came, the newest last. An item that is there
        twice is there once, where it was last; its weights (1 each where none are given) add up then, as in
        training data."""
        import numpy as np

        lists = [np.asarray(items, dtype=np.int64).reshape(-1) for items in histories]
        given = [np.ones(len(one)) for one in lists] if weights is None else [np.asarray(w) for w in weights]
        if [len(one) for one in lists] != [len(one) for one in given]:
            raise OptionError("the histories and their weights differ in number")
        merged = [_merged(*pair) for pair in zip(lists, given, strict=True)]
        indptr = np.cumsum([0, *(len(items) for items, _, _ in merged)]).astype(np.int64)
        places = [start + newest for start, (_, _, newest) in zip(indptr, merged)]
        return cls(
            indptr,
            np.concatenate([np.zeros(0, np.int64), *(items for items, _, _ in merged)]),
            np.concatenate([np.zeros(0, np.float32), *(weight for _, weight, _ in merged)]),
            features,
            np.concatenate([np.zeros(0, np.int64), *places]),
            None if known is None else np.asarray(known, np.int64),
        )

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def row(self) -> np.ndarray:
        """int64: whose each item is, from 0."""
        import numpy as np

        return np.repeat(np.arange(len(self)), np.diff(self.indptr))

    def matrix(self, items: int) -> csr_matrix:
        """float32 `[n, items]`: 1 for each item that a user has."""
        import numpy as np
        from scipy.sparse import csr_matrix

        ones = np.ones(len(self.item), dtype=np.float32)
        return csr_matrix((ones, self.item.copy(), self.indptr.copy()), shape=(len(self), items))

    @property
    def history(self) -> History:
        """Their items as encoders read them, of each user the newest first."""
        import numpy as np

        from recbox.data.history import History

        backwards = self.indptr[self.row] + self.indptr[self.row + 1] - 1 - np.arange(len(self.item))
        return History(self.indptr, self.item[backwards if self.newest is None else self.newest])

    def check(self, users: int, items: int) -> None:
        """An `OptionError` for an item past the `items` that the method knows, a known user past its `users`,
        or rows that don't fit."""
        import numpy as np

        if len(self.item) and not (self.item.min() >= 0 and self.item.max() < items):
            bad = int(self.item.max() if self.item.max() >= items else self.item.min())
            raise OptionError(
                f"a history names the item with inner id {bad}, and the method was fitted on {items:,}",
                why="a new item receives and doesn't send, so that it stands in nobody's history",
            )
        if not np.isfinite(self.weight).all():
            raise OptionError("a history has a weight that is not a finite number")
        if self.newest is not None and not self._ordered(self.newest):
            raise OptionError("`newest` doesn't name each place in `item` once, user by user")
        if self.known is not None and not (
            len(self.known) == len(self) and ((self.known >= -1) & (self.known < users)).all()
        ):
            raise OptionError(
                f"`known` isn't one of {users:,} inner ids, or -1, for each of {len(self):,} users"
            )
        if self.features is not None and self.features.height != len(self):
            raise OptionError(f"{self.features.height:,} rows of features for {len(self):,} new users")

    def _ordered(self, newest: np.ndarray) -> bool:
        import numpy as np

        every = np.array_equal(np.sort(newest), np.arange(len(self.item)))
        return every and np.array_equal(self.row[newest], self.row)


@dataclass(frozen=True, eq=False)
class NewItems:
    """New items, known by their features. features: a row for each item, as in `NewUsers`; among the columns
    may be `id`.

    Stability: stable for callers.
    """

    features: pl.DataFrame

    def __len__(self) -> int:
        return self.features.height


@dataclass(frozen=True, eq=False)
class Grown:
    """What a fitted method is to score from now on: users and items that may be others than it was fitted on.

    users: all users with all that they have now; `known` says which of those it was fitted on each was, and
    names them ascending, before those who came since. items: how many there are; the first are those that it
    was fitted on, in their order. changed: bool `[n]`, whose histories aren't what they were.

    Stability: stable for callers.
    """

    users: NewUsers
    items: int
    changed: np.ndarray


def _merged(items: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each item once, ascending, with the sum of its weights; and their places, the newest first."""
    import numpy as np

    found, place = np.unique(items, return_inverse=True)
    place = place.reshape(-1)
    last = np.zeros(len(found), np.int64)
    np.maximum.at(last, place, np.arange(len(items)))
    return found, np.bincount(place, weight, len(found)).astype(np.float32), np.argsort(-last)
