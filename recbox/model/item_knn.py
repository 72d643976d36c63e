"""Item-based nearest neighbours: items like those that the user has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, final

from pydantic import Field

from recbox.plugin import Model, Need, Newcomer, NewUsers, Scorer
from recbox.plugin.sparse import history, pack, top, unpack

if TYPE_CHECKING:
    import numpy as np
    import torch
    from scipy.sparse import csr_matrix

    from recbox.plugin import Spec

_ENTRIES = 4_000_000
"""Similarities in work at once, at most: what bounds the memory."""


@final
class ItemKNN(Model):
    """Scores an item by how similar the user's items are to it, looking at the item's k nearest alone.

    With `c_ij` the users of both and `c_i` those of one: cosine `c_ij / (√(c_i c_j) + shrinkage)`, jaccard
    `c_ij / (c_i + c_j - c_ij + shrinkage)`. `score(u, i) = Σ similarity(i, j)` over the items j of the user's
    history that are among the k nearest of i (ties: the lower inner id).
    """

    reference: ClassVar[str] = "Sarwar et al. 2001, doi:10.1145/371920.372071"
    draws: ClassVar[bool] = False
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history"})
    exact: ClassVar[bool] = True
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {
        "k": (50, 100, 200, 400, 800),
        "shrinkage": (0.0, 10.0, 100.0),
    }

    similarity: Literal["cosine", "jaccard"] = "cosine"
    """How alike two items are, given their users."""
    k: Annotated[int, Field(ge=1)] = 200
    """Nearest items that each item keeps."""
    shrinkage: Annotated[float, Field(ge=0)] = 0.0
    """Added to the divisor, so that pairs with few users in common count less."""

    def need(self, users: int, items: int, interactions: int) -> Need:
        """Products are the sum of squared histories; real ones are far longer than the mean for a few users,
        hence the factor 5. Nothing dense of items × items is made."""
        products = 5 * interactions**2 / max(users, 1)
        kept = min(self.k, items) * items
        return Need(
            memory=40 * interactions + 24 * kept + 80 * _ENTRIES,
            seconds=5e-9 * products + 2e-7 * min(products, items**2),
        )

    def fit(self, spec: Spec) -> Scorer:
        matrix = history(spec.train)
        return ItemKNNScorer(matrix, self._similarities(matrix))

    def _similarities(self, matrix: csr_matrix) -> csr_matrix:
        """float32 `[items, items]`: column i holds item i's k nearest."""
        from scipy.sparse import vstack

        count, transposed = matrix.getnnz(axis=0), matrix.T.tocsr()
        rows = max(1, _ENTRIES // max(matrix.shape[1], 1))
        blocks = [
            self._nearest(transposed[start : start + rows] @ matrix, count, start)
            for start in range(0, matrix.shape[1], rows)
        ]
        return vstack(blocks, format="csr").T.tocsr()

    def _nearest(self, common: csr_matrix, count: np.ndarray, start: int) -> csr_matrix:
        """The k nearest of each row of `common`, the users whom items from `start` on share with all."""
        import numpy as np

        row = np.repeat(np.arange(start, start + common.shape[0]), np.diff(common.indptr))
        value = self._value(common.data.astype(np.float64), count[row], count[common.indices])
        common.data = np.where(common.indices == row, 0, value)
        return top(common, self.k)

    def _value(self, both: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        if self.similarity == "jaccard":
            return both / (one + other - both + self.shrinkage)
        return both / ((one * other.astype("float64")) ** 0.5 + self.shrinkage)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        users, items = int(json["users"]), int(json["items"])
        return ItemKNNScorer(
            unpack("history", arrays, (users, items)), unpack("similarity", arrays, (items, items))
        )


@final
class ItemKNNScorer(Scorer):
    """history: `[users, items]` of ones; similarity: `[items, items]`, column i is what item i listens to."""

    def __init__(self, history: csr_matrix, similarity: csr_matrix) -> None:
        self.history, self.similarity = history, similarity

    @property
    def shape(self) -> tuple[int, int]:
        return self.history.shape

    def block(self, users: np.ndarray) -> torch.Tensor:
        import torch

        return torch.from_numpy((self.history[users] @ self.similarity).toarray())

    def new_users(self, users: NewUsers) -> Scorer:
        return ItemKNNScorer(users.matrix(self.shape[1]), self.similarity)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays: dict[str, np.ndarray] = {}
        pack("history", self.history, arrays)
        pack("similarity", self.similarity, arrays)
        return arrays, {"users": self.shape[0], "items": self.shape[1]}
