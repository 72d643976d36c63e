"""Which interactions and which paths carried a score."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from recbox.api.blaming import blaming
from recbox.errors import OptionError

if TYPE_CHECKING:
    import polars as pl

    from recbox.artifact import Artifact
    from recbox.explain import Explainer, Explanation
    from recbox.explain.subject import Subject
    from recbox.registry import Registry


class Explaining:
    """The part of `Fitted` that explains scores."""

    artifact: Artifact
    _registry: Registry
    _items: pl.DataFrame | None

    def explain(
        self,
        user: object = None,
        item: object = None,
        *,
        history: object = None,
        more: object = None,
        top: int = 5,
        deletion: bool = True,
    ) -> Explanation:
        """Which of the user's interactions, and which paths, carried the score of the item.

        user, item: ids, as in the data. history: in place of a user, what somebody new has: ids of items,
        the newest last. more: what a known user took since the method was fitted. top: of how many items
        paths are looked for, and without how many the score is tested. deletion: whether the score is
        computed again without the strongest evidence, and without as much drawn at random: tens of passes
        over the graph.

        Exact where the score is linear in the user's items; else by integrated gradients, or by what is lost
        without each item: `method` says which. An `OptionError` names an id that is unknown, an
        `UnsupportedError` says why the method can't.
        """
        if (user is None) == (history is None) or item is None:
            raise OptionError(
                "an explanation is of one user, known or new, and one item",
                instead="user and item, or history and item",
            )
        if more is not None and user is None:
            raise OptionError("`more` is what a known user took since", instead="all of it in `history`")
        with blaming(self._registry):
            return self._explainer.explain(self._subject(user, item, history, more), top, deletion=deletion)

    @cached_property
    def _explainer(self) -> Explainer:
        from recbox.explain import Explainer

        return Explainer(self.artifact, self._items)

    def _subject(self, user: object, item: object, history: object, more: object) -> Subject:
        import numpy as np

        from recbox.plugin import NewUsers
        from recbox.recommend import find_users
        from recbox.recommend.newcomers import histories

        explainer, data = self._explainer, self.artifact.dataset
        target = find_users(explainer.records.ids, item, "item")
        if len(target) != 1:
            raise OptionError(f"{len(target)} items", instead="one item at a time")
        if history is not None:
            rows = histories(history, data.user.ids, data.item.ids)
            if rows["user"].n_unique() != 1:
                raise OptionError("several histories", instead="one at a time")
            items = [int(find_users(data.item.ids, one, "item")[0]) for one in rows["item"]]
            return explainer.new(NewUsers.of([items], [rows["weight"].to_numpy()]), int(target[0]))
        found = find_users(data.user.ids, user)
        if len(found) != 1:
            raise OptionError(f"{len(found)} users", instead="one user at a time")
        since = None if more is None else np.asarray(find_users(data.item.ids, more, "item"))
        return explainer.known(int(found[0]), int(target[0]), since)
