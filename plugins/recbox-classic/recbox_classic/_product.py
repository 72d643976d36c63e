"""The scorer of the methods whose scores are a product of two sparse matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, final

import numpy as np
import torch
from scipy.sparse import csr_matrix

from recbox.plugin import NewUsers, Scorer, sparse

Among = Callable[[csr_matrix, csr_matrix], csr_matrix]
"""From histories of new users and of known ones, `[new, items]` and `[users, items]`: rows of `left`."""


@final
class ProductScorer(Scorer):
    """`left[u] @ right`, both float32 CSR: left `[users, m]`, right `[m, items]`.

    Items from items: left is the history, right the weights. Users from users: left the similarities of
    users, right the history; there, `among` finds the neighbours of new users.
    """

    def __init__(self, left: csr_matrix, right: csr_matrix, among: Among | None = None) -> None:
        self.left, self.right, self.among = left, right, among

    @classmethod
    def load(cls, arrays: dict[str, np.ndarray], json: dict[str, Any], among: Among | None = None) -> Self:
        users, between, items = (int(n) for n in json["shape"])
        return cls(
            sparse.unpack("left", arrays, (users, between)),
            sparse.unpack("right", arrays, (between, items)),
            among,
        )

    @property
    def shape(self) -> tuple[int, int]:
        return self.left.shape[0], self.right.shape[1]

    def block(self, users: np.ndarray) -> torch.Tensor:
        return torch.from_numpy((self.left[users] @ self.right).toarray())

    def new_users(self, users: NewUsers) -> Scorer:
        new = users.matrix(self.shape[1])
        left = new if self.among is None else self.among(new, self.right)
        return ProductScorer(left, self.right, self.among)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays: dict[str, np.ndarray] = {}
        sparse.pack("left", self.left, arrays)
        sparse.pack("right", self.right, arrays)
        return arrays, {"shape": [*self.left.shape, self.right.shape[1]]}
