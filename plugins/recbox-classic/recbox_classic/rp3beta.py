"""RP3beta: a random walk of three steps, with popular items held back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Model, Need, Newcomer, Scorer, sparse

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_matrix

    from recbox.plugin import Spec


@final
class RP3beta(Model):
    """Scores an item by how probably a walk user → item → user → item ends there, popular items held back.

    With `d_u`, `d_i` the interactions of a user and of an item: `W_ij = Σ_v (1/d_i)^alpha (1/d_v)^alpha /
    d_j^beta` over the users v who have both, for j ≠ i; each item i keeps its k largest `W_ij` (ties: the
    lower inner id). `score(u, j) = Σ W_ij` over the items i that the user has. The first step of the walk,
    `(1/d_u)^alpha`, is the same for all items of a user and is left out.
    """

    reference: ClassVar[str] = "Paudel et al. 2017, doi:10.1145/2955101"
    draws: ClassVar[bool] = False
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history"})
    exact: ClassVar[bool] = True
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {
        "k": (200, 1000),
        "alpha": (0.4, 0.7, 1.0),
        "beta": (0.4, 0.6),
    }

    k: Annotated[int, Field(ge=1)] = 200
    """Items that each item leads to."""
    alpha: Annotated[float, Field(ge=0)] = 1.0
    """Power of the probability of each step; 1 is the walk itself."""
    beta: Annotated[float, Field(ge=0)] = 0.4
    """How strongly popular items are held back; 0 is the walk itself."""

    def need(self, users: int, items: int, interactions: int) -> Need:
        """Products are the sum of squared histories; real ones are far longer than the mean for a few users,
        hence the factor 5. Nothing dense of items × items is made."""
        from recbox_classic._matrix import ENTRIES

        products = 5 * interactions**2 / max(users, 1)
        kept = min(self.k, items) * items
        return Need(
            memory=60 * interactions + 24 * kept + 80 * ENTRIES,
            seconds=5e-9 * products + 2e-7 * min(products, items**2),
        )

    def fit(self, spec: Spec) -> Scorer:
        from recbox_classic._product import ProductScorer

        matrix = sparse.history(spec.train)
        return ProductScorer(matrix, self._weights(matrix))

    def _weights(self, matrix: csr_matrix) -> csr_matrix:
        """float32 `[items, items]`: row i holds where item i leads."""
        from scipy.sparse import diags, vstack

        from recbox_classic._matrix import slices

        # In float64: the sums are compared, and equal ones must be equal whatever the order of users.
        user, item = (sparse.power(matrix.getnnz(axis=axis), -self.alpha) for axis in (1, 0))
        back = (diags(item) @ matrix.T).tocsr()
        on = (diags(user) @ matrix @ diags(sparse.power(matrix.getnnz(axis=0), -self.beta))).tocsr()
        blocks = [self._nearest(back[rows] @ on, rows.start) for rows in slices(len(item), len(item))]
        return vstack(blocks, format="csr")

    def _nearest(self, walk: csr_matrix, start: int) -> csr_matrix:
        """The k largest entries of each row of `walk`, which belongs to items from `start` on."""
        from recbox_classic._matrix import largest

        pairs = walk.tocoo()
        other = pairs.col != pairs.row + start
        return largest(pairs.row[other], pairs.col[other], pairs.data[other], self.k, walk.shape)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        from recbox_classic._product import ProductScorer

        return ProductScorer.load(arrays, json)
