"""Which interactions and which paths carried a score."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from recbox.api.blaming import blaming
from recbox.errors import OptionError

if TYPE_CHECKING:
    import numpy as np
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
        top: int = 5,
        deletion: bool = True,
    ) -> Explanation:
        """Which of the user's interactions, and which paths, carried the score of the item.

        user, item: ids, as in the data. history: of somebody new, in place of a user: ids of items, the
        newest last; with a user: what they took since the method was fitted (as for `recommend`). top: of how
        many items paths are looked for, and without up to how many the score is tested. deletion: whether the
        score is computed again without the strongest evidence, and without as much drawn at random.

        Exact where the score is linear in the user's items; else by integrated gradients, or by what is lost
        without each item: `method` says which. An `OptionError` names an id that is unknown, an
        `UnsupportedError` says why the method can't.
        """
        if (user is None and history is None) or item is None:
            raise OptionError(
                "an explanation is of one user, known or new, and one item",
                instead="user and item, or history and item",
            )
        with blaming(self._registry):
            return self.explainer.explain(self._subject(user, item, history), top, deletion=deletion)

    @cached_property
    def explainer(self) -> Explainer:
        """Asked by inner ids, again and again."""
        from recbox.explain import Explainer

        return Explainer(self.artifact, self._items)

    def _subject(self, user: object, item: object, history: object) -> Subject:
        from recbox.plugin import NewUsers
        from recbox.recommend.newcomers import additions, histories

        explainer, data = self.explainer, self.artifact.dataset
        target = _one(explainer.records.ids, item, "item")
        if user is None:
            rows = histories(history, data.user.ids)
            items, weight = _taken(rows, data.item.ids, rows["user"][0])
            return explainer.since(NewUsers.of([items], [weight]), target)
        inner = _one(data.user.ids, user, "user")
        if history is None:
            return explainer.known(inner, target)
        rows = additions(history, [data.user.ids[inner]])
        taken = _taken(rows, data.item.ids, str(data.user.ids[inner]))
        return explainer.since(explainer.records.history(inner, taken), target)


def _one(ids: pl.Series, wanted: object, what: str) -> int:
    from recbox.recommend import find_users

    found = find_users(ids, wanted, what)
    if len(found) != 1:
        raise OptionError(f"{len(found)} {what}s", instead=f"one {what} at a time")
    return int(found[0])


def _taken(rows: pl.DataFrame, ids: pl.Series, user: str) -> tuple[np.ndarray, np.ndarray]:
    """rows: columns user, item and weight, of this user alone."""
    from recbox.recommend.lookup import find_each

    if others := sorted(set(rows["user"]) - {user}):
        raise OptionError(
            f"the history names {others[0]!r} beside {user!r}"
            if user in set(rows["user"])
            else f"the history is that of {others[0]!r}, and {user!r} was asked for",
            instead="the history of one user",
        )
    return find_each(ids, rows["item"], "item"), rows["weight"].to_numpy()
