"""Scores that are a number of the user plus one of the item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recbox.plugin import Scorer

if TYPE_CHECKING:
    import numpy as np
    import torch


class SumScorer(Scorer):
    """user: float32 `[users]`; item: float32 `[items]`. It ranks the same list for everybody."""

    def __init__(self, user: np.ndarray, item: np.ndarray) -> None:
        self.user, self.item = user, item

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.user), len(self.item)

    def block(self, users: np.ndarray) -> torch.Tensor:
        import torch

        return torch.from_numpy(self.user[users][:, None] + self.item[None])

    def score(self, users: np.ndarray, items: np.ndarray) -> torch.Tensor:
        import torch

        return torch.from_numpy(self.user[users] + self.item[items])

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor]:
        import numpy as np
        import torch

        user = np.stack([self.user, np.ones_like(self.user)], axis=1)
        item = np.stack([np.ones_like(self.item), self.item], axis=1)
        return torch.from_numpy(user), torch.from_numpy(item)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"user": self.user, "item": self.item}, {}
