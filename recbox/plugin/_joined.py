"""Two scorers as one: known users and new ones, known items and new ones.

Known pairs are asked of the scorer that has always scored them, so that not a bit of their scores changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from recbox.errors import UnsupportedError
from recbox.plugin.newcomer import NewItems, NewUsers
from recbox.plugin.scorer import Scorer

if TYPE_CHECKING:
    import numpy as np
    import torch


@final
class Taller(Scorer):
    """`known`'s users, then those of `new`; both of the same items."""

    def __init__(self, known: Scorer, new: Scorer) -> None:
        self.known, self.new = known, new

    @property
    def shape(self) -> tuple[int, int]:
        return self.known.shape[0] + self.new.shape[0], self.known.shape[1]

    def block(self, users: np.ndarray) -> torch.Tensor:
        import numpy as np
        import torch

        count = self.known.shape[0]
        later = users >= count
        if not later.any():
            return self.known.block(users)
        # As many users as ever, for a product may round a row differently among fewer.
        new = self.new.block(np.where(later, users - count, 0))
        if later.all():
            return new
        known = self.known.block(np.where(later, 0, users))
        return torch.where(torch.from_numpy(later).to(known.device)[:, None], new.to(known.device), known)

    def new_users(self, users: NewUsers) -> Scorer:
        return self.known.new_users(users)

    def new_items(self, items: NewItems) -> Scorer:
        return Taller(self.known.new_items(items), self.new.new_items(items))

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        raise unsaved("users")


@final
class Wider(Scorer):
    """`known`'s items, then those of `new`; both of the same users."""

    def __init__(self, known: Scorer, new: Scorer) -> None:
        self.known, self.new = known, new

    @property
    def shape(self) -> tuple[int, int]:
        return self.known.shape[0], self.known.shape[1] + self.new.shape[1]

    def block(self, users: np.ndarray) -> torch.Tensor:
        import torch

        known = self.known.block(users)
        return torch.cat([known, self.new.block(users).to(known.device)], dim=1)

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        import torch

        known, new = self.known.vectors(), self.new.vectors()
        if known is None or new is None or not torch.equal(known[0], new[0]):
            return None
        return known[0], torch.cat([known[1], new[1]])

    def new_users(self, users: NewUsers) -> Scorer:
        users.check(*self.known.shape)
        return Wider(self.known.new_users(users), self.new.new_users(users))

    def new_items(self, items: NewItems) -> Scorer:
        return self.known.new_items(items)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        raise unsaved("items")


def unsaved(who: str) -> UnsupportedError:
    return UnsupportedError(
        f"a scorer with new {who} isn't saved", instead="save the one that was fitted, and add them again"
    )
