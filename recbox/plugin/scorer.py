"""What every fitted method becomes; evaluation, artifacts and recommendation know nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch


class Scorer(ABC):
    """Scores users against items. Indices are inner ids: dense, from 0.

    Laws: `score(u, i)` equals `block(u)[:, i]`; where `vectors()` gives (U, V), `block(u)` equals
    `U[u] @ V.T` to 1e-5; a scorer that is loaded from its `state()` scores the same, bit for bit.

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
        """User and item vectors whose inner product is the score, or None where there are none."""
        return None
