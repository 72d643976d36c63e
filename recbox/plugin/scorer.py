"""What every fitted method becomes; evaluation, artifacts and recommendation know nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, final

from recbox.errors import UnsupportedError
from recbox.plugin.newcomer import Grown, NewItems, NewUsers

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    import torch


class Scorer(ABC):
    """Scores users against items. Indices are inner ids: dense, from 0.

    Laws: `score(u, i)` equals `block(u)[:, i]`; where `vectors()` gives (U, V), `block(u)` equals
    `U[u] @ V.T` to 1e-5; a scorer that is loaded from its `state()` scores the same, bit for bit; new users
    and items change the score of no known pair by a bit.

    Stability: stable for callers and implementers.
    """

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """(users, items)."""

    @abstractmethod
    def block(self, users: np.ndarray) -> torch.Tensor:
        """float32 `[len(users), items]`: scores of `users` (int64 indices) against every item. No NaN; -inf
        where an item is never to be recommended. On a device of your choice, the same for all users."""

    @abstractmethod
    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays, and plain JSON data: all that the plugin's `load` needs, saved without pickle."""

    def score(self, users: np.ndarray, items: np.ndarray) -> torch.Tensor:
        """float32 `[n]`: the score of each pair (users[j], items[j])."""
        import torch

        return self.block(users)[torch.arange(len(users)), torch.as_tensor(items)]

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        """User and item vectors whose inner product is the score, or None where there are none.

        `block` gives the products of just these, as float32 does them (the order of a sum is free): lists may
        be made of the vectors alone, and are to be those of `block`.
        """
        return None

    def new_users(self, users: NewUsers) -> Scorer:
        """The new users alone against all items: a scorer of shape `(len(users), items)`.

        What a method says of them by its `accepts`, with what was fitted left as it is. An `UnsupportedError`
        says why it can't.
        """
        raise UnsupportedError(
            "this method scores no new users",
            why="it has numbers for each user that it was fitted on, and no rule to make them for another",
            instead="fit it again with them, or a method that folds histories in: ease, item-knn, lightgcn",
        )

    def new_vectors(self, users: NewUsers) -> torch.Tensor | None:
        """float32 `[len(users), d]`: the first of what `new_users(users).vectors()` gives, or None as there;
        cheaper where the items' vectors aren't made again for it."""
        found = self.new_users(users).vectors()
        return None if found is None else found[0]

    def new_items(self, items: NewItems) -> Scorer:
        """All users against the new items alone: a scorer of shape `(users, len(items))`; as `new_users`."""
        raise UnsupportedError(
            "this method scores no new items",
            why="it knows an item by who took it, and nobody took a new one",
            instead="a method that looks at features: graph parts with `encoder: {item: {use: feature}}`",
        )

    def updated(self, grown: Grown) -> Scorer:
        """This scorer over the users and items of `grown`, nothing being trained: its shape is
        `(len(grown.users), grown.items)`. Users whose histories haven't `changed` keep their numbers, bit for
        bit, and so do known items. New nodes come as the model's `folds` says."""
        raise UnsupportedError(
            "this method can't be updated",
            why="its numbers of users were fitted, and it has no rule to make them of histories",
            instead="fit it again: `recbox run` with the new data",
        )

    @final
    def with_users(self, users: NewUsers) -> Scorer:
        """This scorer with new users after its own: shape `(users + len(new), items)`."""
        from recbox.plugin._joined import Taller

        users.check(*self.shape)
        return Taller(self, self.new_users(users))

    @final
    def with_user(
        self,
        history: Sequence[int] | np.ndarray = (),
        *,
        weight: Sequence[float] | np.ndarray | None = None,
        features: pl.DataFrame | None = None,
    ) -> Scorer:
        """The same for one user. history: inner ids of items, newest last; features: a frame of one row."""
        return self.with_users(NewUsers.of([history], None if weight is None else [weight], features))

    @final
    def with_items(self, features: pl.DataFrame) -> Scorer:
        """This scorer with new items after its own, a row of features each: `(users, items + len(new))`."""
        from recbox.plugin._joined import Wider

        return Wider(self, self.new_items(NewItems(features)))
