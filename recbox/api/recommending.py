"""Lists of items from a fitted method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from recbox.api.blaming import blaming

if TYPE_CHECKING:
    import polars as pl

    from recbox.artifact import Artifact
    from recbox.context import Context
    from recbox.recommend import As
    from recbox.registry import Registry


class Recommending:
    """The part of `Fitted` that recommends, and says which items are alike."""

    artifact: Artifact
    _registry: Registry
    _context: Context
    _items: pl.DataFrame | None

    def recommend(
        self,
        users: object = None,
        k: int = 10,
        part: str | None = None,
        *,
        history: object = None,
        features: object = None,
        only: object = None,
        exclude: object = None,
        where: str = "",
        seen: bool = False,
        diversity: float = 0.0,
        to: As = "polars",
    ) -> Any:
        """The `k` best unseen items of each user: columns user, rank, item, title, score.

        users: one id or many, as in the data (`196` and `"196"` are the same); None is everybody. Items
        that the user interacted with in any part of the data are left out; the rest may be fewer than k.
        part: with `test`, the lists that the test part judges: items of train and valid alone are left out;
        with `valid`, those of train.
        history: of new users: ids of items of one, who is called `new`, the newest last; a mapping from names
        to such; or a file or frame with a column `item`, and perhaps `user`, `weight` and `time`. With
        `users`: what these took since. Their items are left out. features: what is known of new ones, a row
        for each; for one, values by column. Without a history, who is new is known by these alone.
        only, exclude: ids of the items that alone may stand in lists, or may not. where: a condition on the
        items' columns, as in `price < 20 and genre has "Drama"` (see `recommend.where`). seen: items that the
        user has may stand there too. diversity: 0 … 1, how much items of a list are to be unlike each other.
        to: a frame of `polars` or `pandas`, or `numpy`: a dict of arrays by column.
        An `OptionError` names ids that are unknown, an `UnsupportedError` says why the method can't.
        """
        from recbox.recommend import gathered

        asked = {"history": history, "features": features, "only": only, "exclude": exclude, "where": where}
        return gathered(self.lists(users, k, part, **asked, seen=seen, diversity=diversity), to)

    def lists(
        self,
        users: object = None,
        k: int = 10,
        part: str | None = None,
        *,
        history: object = None,
        features: object = None,
        **narrow: Any,
    ) -> Iterator[pl.DataFrame]:
        """The same, some users at a time, so that memory stays bounded."""
        from recbox.recommend import Filter, recommend

        new = {"history": history, "features": features, "items": self._items}
        narrowed = Filter(**narrow)
        return self._blamed(recommend(self.artifact, users, k, self._context, part, **new, narrow=narrowed))

    def similar(
        self,
        items: object = None,
        k: int = 10,
        *,
        only: object = None,
        exclude: object = None,
        where: str = "",
        to: As = "polars",
    ) -> Any:
        """The `k` items that are most like each: columns item, rank, similar, title, score.

        items: one id or many; None: all. score: the cosine of the items' vectors; of a method without
        vectors, its own score for somebody who has that item alone. only, exclude, where, to: as
        for `recommend`. An `UnsupportedError` where the method has neither.
        """
        from recbox.recommend import gathered

        return gathered(self.alike(items, k, only=only, exclude=exclude, where=where), to)

    def alike(self, items: object = None, k: int = 10, **narrow: Any) -> Iterator[pl.DataFrame]:
        """The same, some items at a time, so that memory stays bounded."""
        from recbox.recommend import Filter, similar

        found = similar(self.artifact, items, k, self._context, self._items, Filter(**narrow))
        return self._blamed(found)

    def _blamed(self, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        with blaming(self._registry):
            yield from frames
