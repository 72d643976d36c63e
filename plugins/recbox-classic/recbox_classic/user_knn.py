"""User-based nearest neighbours: what people like the user took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, final

from pydantic import Field

from recbox.plugin import Model, Need, Newcomer, Scorer

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_matrix

    from recbox.plugin import Spec


@final
class UserKNN(Model):
    """Scores an item by how similar to the user those of their k nearest users are who have it.

    With `c_uv` the items of both and `c_u` those of one: cosine `c_uv / (√(c_u c_v) + shrinkage)`, jaccard
    `c_uv / (c_u + c_v - c_uv + shrinkage)`. `score(u, i) = Σ similarity(u, v)` over the users v among the k
    nearest of u (ties: the lower inner id) who have item i. A new user's neighbours are known users; one with
    the same history is among them, as nobody is their own neighbour.
    """

    reference: ClassVar[str] = "Herlocker et al. 1999, doi:10.1145/312624.312682"
    draws: ClassVar[bool] = False
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history"})
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {
        "k": (50, 100, 200, 400),
        "shrinkage": (0.0, 10.0, 100.0),
    }

    similarity: Literal["cosine", "jaccard"] = "cosine"
    """How alike two users are, given their items."""
    k: Annotated[int, Field(ge=1)] = 100
    """Nearest users who are asked."""
    shrinkage: Annotated[float, Field(ge=0)] = 0.0
    """Added to the divisor, so that pairs with few items in common count less."""

    def need(self, users: int, items: int, interactions: int) -> Need:
        """Products are the sum of squared audiences of items, about `0.3 interactions^1.5` on real data (0.5
        on MovieLens-100K, 0.1 on Gowalla). Nothing dense of users × users is made."""
        from recbox_classic._matrix import ENTRIES

        products = min(interactions * users, 0.3 * interactions**1.5)
        kept = min(self.k, users) * users
        return Need(
            memory=40 * interactions + 24 * kept + 80 * ENTRIES,
            seconds=5e-9 * products + 2e-7 * min(products, users**2),
        )

    def fit(self, spec: Spec) -> Scorer:
        from recbox.plugin import sparse
        from recbox_classic._product import ProductScorer

        matrix = sparse.history(spec.train)
        return ProductScorer(self._neighbours(matrix), matrix, self._among)

    def _neighbours(self, matrix: csr_matrix) -> csr_matrix:
        """float32 `[users, users]`: row u holds user u's k nearest."""
        from scipy.sparse import vstack

        from recbox_classic._matrix import slices

        count, transposed = matrix.getnnz(axis=1), matrix.T.tocsr()
        blocks = [
            self._nearest(matrix[rows] @ transposed, count, rows.start)
            for rows in slices(len(count), len(count))
        ]
        return vstack(blocks, format="csr")

    def _among(self, new: csr_matrix, known: csr_matrix) -> csr_matrix:
        """float32 `[new users, users]`: the k nearest known users of each new one."""
        from recbox_classic._matrix import largest

        pairs = (new @ known.T).tocoo()
        one, other = new.getnnz(axis=1)[pairs.row], known.getnnz(axis=1)[pairs.col]
        value = self._value(pairs.data.astype("float64"), one, other)
        return largest(pairs.row, pairs.col, value, self.k, pairs.shape)

    def _nearest(self, common: csr_matrix, count: np.ndarray, start: int) -> csr_matrix:
        """The k nearest of each row of `common`, the items that users from `start` on share with all."""
        from recbox_classic._matrix import largest

        pairs = common.tocoo()
        row, column = pairs.row, pairs.col
        other = column != row + start
        row, column = row[other], column[other]
        value = self._value(pairs.data[other].astype("float64"), count[row + start], count[column])
        return largest(row, column, value, self.k, common.shape)

    def _value(self, both: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        if self.similarity == "jaccard":
            return both / (one + other - both + self.shrinkage)
        return both / ((one * other.astype("float64")) ** 0.5 + self.shrinkage)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        from recbox_classic._product import ProductScorer

        return ProductScorer.load(arrays, json, self._among)
