"""EASE: a linear model of items from items, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Model, Need, Newcomer, NewUsers, Scorer, sparse

if TYPE_CHECKING:
    import numpy as np
    import torch
    from scipy.sparse import csr_matrix

    from recbox.plugin import Spec


@final
class EASE(Model):
    """Each item is predicted from the user's others by ridge regression with a zero diagonal.

    Steck's equation 8: `P = (XᵀX + l2 I)⁻¹`, `B = I - P / diag(P)` (column j divided by P_jj), whose diagonal
    is 0; `score(u) = x_u B`. Solved by Cholesky in float64, B is kept in float32.
    """

    reference: ClassVar[str] = "Steck 2019, arXiv:1905.03375"
    draws: ClassVar[bool] = False
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history"})
    exact: ClassVar[bool] = True
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"l2": (50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)}

    l2: Annotated[float, Field(gt=0)] = 500.0
    """Ridge penalty: larger for more users and denser data."""

    def need(self, users: int, items: int, interactions: int) -> Need:
        """The Gram matrix and its factor in float64, B in float32 and as much for LAPACK; n³ multiply-adds at
        the speed of one slow core."""
        return Need(memory=24 * items**2 + 40 * interactions, seconds=9e-11 * items**3)

    def fit(self, spec: Spec) -> Scorer:
        import torch

        matrix = sparse.history(spec.train)
        inverse = sparse.gram(matrix, torch.float64)
        inverse.diagonal().add_(self.l2)
        torch.linalg.cholesky(inverse, out=inverse)
        torch.cholesky_inverse(inverse, out=inverse)
        return EASEScorer(matrix, _weights(inverse).numpy())

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        weight = arrays["weight"]
        return EASEScorer(sparse.unpack("history", arrays, (int(json["users"]), weight.shape[0])), weight)


def _weights(inverse: torch.Tensor) -> torch.Tensor:
    """B in float32, row by row: what item i says about item j."""
    import torch

    scale = -1.0 / inverse.diagonal()
    weight = torch.empty(inverse.shape, dtype=torch.float32)
    for start in range(0, len(inverse), sparse.ROWS):
        weight[start : start + sparse.ROWS] = inverse[start : start + sparse.ROWS] * scale
    weight.diagonal().zero_()
    return weight


@final
class EASEScorer(Scorer):
    """history: `[users, items]` of ones; weight: float32 `[items, items]`."""

    def __init__(self, history: csr_matrix, weight: np.ndarray) -> None:
        self.history, self.weight = history, weight

    @property
    def shape(self) -> tuple[int, int]:
        return self.history.shape

    def block(self, users: np.ndarray) -> torch.Tensor:
        import torch

        return torch.from_numpy(self.history[users] @ self.weight)

    def new_users(self, users: NewUsers) -> Scorer:
        return EASEScorer(users.matrix(self.shape[1]), self.weight)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays = {"weight": self.weight}
        sparse.pack("history", self.history, arrays)
        return arrays, {"users": self.shape[0]}
