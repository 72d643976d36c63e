"""The scorer of the methods whose scores are inner products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, final

import numpy as np
import torch

from recbox.plugin import NewUsers, Scorer

Fold = Callable[[NewUsers, torch.Tensor], torch.Tensor]
"""The vectors `[n, d]` of new users, given those of all items."""


@final
class VectorScorer(Scorer):
    """user: float32 `[users, d]`; item: float32 `[items, d]`. fold: gives new users vectors."""

    def __init__(self, user: torch.Tensor, item: torch.Tensor, fold: Fold | None = None) -> None:
        self.user, self.item, self.fold = user.contiguous(), item.contiguous(), fold

    @classmethod
    def load(cls, arrays: dict[str, np.ndarray], fold: Fold | None = None) -> Self:
        return cls(torch.from_numpy(arrays["user"]), torch.from_numpy(arrays["item"]), fold)

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
        return VectorScorer(self.fold(users, self.item), self.item, self.fold)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"user": self.user.cpu().numpy(), "item": self.item.cpu().numpy()}, {}
