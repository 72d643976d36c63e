"""The scorer of the methods whose scores are inner products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, final

import numpy as np
import torch

from recbox.plugin import Grown, NewUsers, Scorer

Fold = Callable[[NewUsers, torch.Tensor], torch.Tensor]
"""The vectors `[n, d]` of new users, given those of all items."""
Solve = Callable[[Grown, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
"""Vectors of all users and items, given those of users as they were (of new ones, zeros) and of items."""


@final
class VectorScorer(Scorer):
    """user: float32 `[users, d]`; item: float32 `[items, d]`. fold: gives new users vectors; solve: gives
    vectors to all whose histories changed."""

    def __init__(
        self, user: torch.Tensor, item: torch.Tensor, fold: Fold | None = None, solve: Solve | None = None
    ) -> None:
        self.user, self.item, self.fold, self.solve = user.contiguous(), item.contiguous(), fold, solve

    @classmethod
    def load(
        cls, arrays: dict[str, np.ndarray], fold: Fold | None = None, solve: Solve | None = None
    ) -> Self:
        return cls(torch.from_numpy(arrays["user"]), torch.from_numpy(arrays["item"]), fold, solve)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.user), len(self.item)

    def block(self, users: np.ndarray) -> torch.Tensor:
        return self.user[torch.from_numpy(users).to(self.user.device)] @ self.item.T

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self.user.clone(), self.item.clone()

    def new_users(self, users: NewUsers) -> Scorer:
        if self.fold is None:
            return super().new_users(users)
        return VectorScorer(self.fold(users, self.item), self.item, self.fold, self.solve)

    def updated(self, grown: Grown) -> Scorer:
        """Known users keep their vectors, but for what `solve` makes of them; without it nobody is new."""
        known = grown.users.known
        assert known is not None  # noqa: S101 (`Grown` says so)
        if self.solve is None and (grown.items > len(self.item) or (known < 0).any()):
            return super().updated(grown)
        user = self.user.new_zeros(len(known), self.user.shape[1])
        user[known >= 0] = self.user[torch.from_numpy(known[known >= 0])]
        item = self.item.clone()
        if self.solve is not None:
            user, item = self.solve(grown, user, item)
        return VectorScorer(user, item, self.fold, self.solve)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"user": self.user.cpu().numpy(), "item": self.item.cpu().numpy()}, {}
