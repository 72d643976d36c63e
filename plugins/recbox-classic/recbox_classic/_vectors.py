"""The scorer of the methods whose scores are inner products."""

from __future__ import annotations

from typing import Any, Self, final

import numpy as np
import torch

from recbox.plugin import Scorer


@final
class VectorScorer(Scorer):
    """user: float32 `[users, d]`; item: float32 `[items, d]`."""

    def __init__(self, user: torch.Tensor, item: torch.Tensor) -> None:
        self.user, self.item = user.contiguous(), item.contiguous()

    @classmethod
    def load(cls, arrays: dict[str, np.ndarray]) -> Self:
        return cls(torch.from_numpy(arrays["user"]), torch.from_numpy(arrays["item"]))

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.user), len(self.item)

    def block(self, users: np.ndarray) -> torch.Tensor:
        return self.user[torch.from_numpy(users).to(self.user.device)] @ self.item.T

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self.user.clone(), self.item.clone()

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"user": self.user.cpu().numpy(), "item": self.item.cpu().numpy()}, {}
