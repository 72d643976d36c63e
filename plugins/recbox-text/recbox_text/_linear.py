"""Linear models of items from items: the interactions, the regressions, and the scorer that comes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, final

import numpy as np
import torch

from recbox.plugin import Need, NewItems, NewUsers, Scorer, UnsupportedError, sparse
from recbox_text._items import Origin

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from recbox_text.projected import Projected


def blocks(count: int) -> Iterator[slice]:
    """Rows by the block."""
    return (slice(start, min(start + sparse.ROWS, count)) for start in range(0, count, sparse.ROWS))


def inverse(matrix: csr_matrix, l2: float) -> torch.Tensor:
    """float64 `[items, items]`: `(XᵀX + l2 I)⁻¹`, by Cholesky in place."""
    found = sparse.gram(matrix, torch.float64)
    found.diagonal().add_(l2)
    torch.linalg.cholesky(found, out=found)
    torch.cholesky_inverse(found, out=found)
    return found


def ridge(vectors: np.ndarray, l2: float) -> np.ndarray:
    """float64 `[w, n]`: `(FᵀF + l2 I)⁻¹ Fᵀ`, what brings values of n rows to weights of w columns."""
    gram = vectors.T @ vectors
    gram[np.diag_indices_from(gram)] += l2
    return np.linalg.solve(gram, vectors.T)


def need(items: int, interactions: int) -> Need:
    """As for EASE: a matrix and its factor in float64, the weights in float32 and as much for LAPACK; vectors
    of 1,024 columns three times over. Texts are counted as encoded: that is done once."""
    memory = 24 * items**2 + 40 * interactions + 3 * 8 * 1024 * items
    return Need(memory=memory, seconds=9e-11 * items**3 + 1e-7 * items**2)


@final
class LinearScorer(Scorer):
    """`score(u, i) = x_u b_i`, where of a new item with the vector f `b = reach f + offset`.

    history: `[users, items]` of ones; weight: float32 `[items, items]`, column i is b_i; reach: float32
    `[items, w]`; offset: float32 `[items]`.
    """

    def __init__(
        self, history: csr_matrix, weight: np.ndarray, reach: np.ndarray, offset: np.ndarray, origin: Origin
    ) -> None:
        self.history, self.weight, self.origin = history, weight, origin
        self.reach, self.offset = reach, offset

    @classmethod
    def load(cls, reader: Projected, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> LinearScorer:
        """From its state."""
        weight = arrays["weight"]
        known = sparse.unpack("history", arrays, (int(json["users"]), weight.shape[0]))
        origin = Origin.load(reader, arrays["mean"], str(json["model"]))
        return cls(known, weight, arrays["reach"], arrays["offset"], origin)

    @property
    def shape(self) -> tuple[int, int]:
        return self.history.shape

    def block(self, users: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(self.history[users] @ self.weight)

    def new_users(self, users: NewUsers) -> Scorer:
        known = users.matrix(self.shape[1])
        return LinearScorer(known, self.weight, self.reach, self.offset, self.origin)

    def new_items(self, items: NewItems) -> Scorer:
        weight = self.reach @ self.origin.read(items).T + self.offset[:, None]
        return Columns(self.history, weight)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays = {
            "weight": self.weight,
            "reach": self.reach,
            "offset": self.offset,
            "mean": self.origin.mean,
        }
        sparse.pack("history", self.history, arrays)
        return arrays, {"users": self.shape[0], "model": self.origin.model}


@final
class Columns(Scorer):
    """New items alone. history: `[users, items]` of ones; weight: float32 `[items, new]`."""

    def __init__(self, history: csr_matrix, weight: np.ndarray) -> None:
        self.history, self.weight = history, weight

    @property
    def shape(self) -> tuple[int, int]:
        return self.history.shape[0], self.weight.shape[1]

    def block(self, users: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(self.history[users] @ self.weight)

    def new_users(self, users: NewUsers) -> Scorer:
        return Columns(users.matrix(self.history.shape[1]), self.weight)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        raise UnsupportedError("a scorer of new items isn't saved", instead="save the one that was fitted")
