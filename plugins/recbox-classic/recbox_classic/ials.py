"""iALS: factors of users and items by alternating least squares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Folded, Grown, Model, Need, Newcomer, NewUsers, Scorer

if TYPE_CHECKING:
    import numpy as np
    import torch
    from scipy.sparse import csr_matrix

    from recbox.plugin import Spec


@final
class IALS(Model):
    """Vectors whose inner product is 1 where there is an interaction, and weakly 0 everywhere.

    With S the interactions, `U` and `V` the vectors: `min Σ_S (u·v - 1)² + unobserved Σ_all (u·v)² + l2
    (Σ_u (|S_u| + unobserved·items)^nu ‖u‖² + Σ_i (|S_i| + unobserved·users)^nu ‖v‖²)`: Hu et al. 2008 with
    the regularisation of Rendle et al. 2021 (arXiv:2110.14037). Each round solves all users exactly, then all
    items, by Cholesky in float64. A new user's vector is solved likewise, given the items' as they are at the
    end; a known user's is of the round before, so that one with the same history differs a little. An update
    does this for users whose histories changed; then solves new items, given the users; then, given all
    items, the users who have new ones. Known items stay, and users of whom nothing is new.
    """

    reference: ClassVar[str] = "Hu et al. 2008, doi:10.1109/ICDM.2008.22"
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history"})
    folds: ClassVar[frozenset[Folded] | None] = frozenset({"user", "item"})
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {
        "dim": (32, 64),
        "unobserved": (0.1, 0.3, 1.0),
        "l2": (0.003, 0.01),
    }

    dim: Annotated[int, Field(ge=1, le=4096)] = 64
    """Columns of the vectors."""
    unobserved: Annotated[float, Field(gt=0)] = 0.1
    """Weight of every pair against 0, where an interaction against 1 has weight 1."""
    l2: Annotated[float, Field(gt=0)] = 0.003
    """Ridge penalty of the vectors."""
    nu: Annotated[float, Field(ge=0, le=2)] = 1.0
    """Power of the frequency that the penalty grows with: 0 as in Hu et al., 1 as recommended."""
    rounds: Annotated[int, Field(ge=1)] = 16
    """Rounds of users and items."""
    scale: Annotated[float, Field(gt=0)] = 0.1
    """Standard deviation of the first item vectors, times √dim."""

    def need(self, users: int, items: int, interactions: int) -> Need:
        """In each round dim² for each interaction, twice, and dim³ for each vector; a block of matrices."""
        from recbox_classic._least_squares import NUMBERS

        nodes = users + items
        work = 2 * interactions * self.dim**2 + nodes * self.dim**3
        seconds = self.rounds * (2.5e-10 * work + 2e-5 * nodes)
        return Need(memory=48 * interactions + 12 * nodes * self.dim + 48 * NUMBERS, seconds=seconds)

    def fit(self, spec: Spec) -> Scorer:
        import torch

        from recbox.plugin import sparse
        from recbox_classic._least_squares import Side
        from recbox_classic._vectors import VectorScorer

        matrix = sparse.history(spec.train)
        sides = [Side(m, self.unobserved, self.l2, self.nu) for m in (matrix, matrix.T.tocsr())]
        draw = spec.context.random("recbox-classic.ials").standard_normal((matrix.shape[1], self.dim))
        item = torch.from_numpy(draw * self.scale / self.dim**0.5)
        for _ in range(self.rounds):
            user = sides[0].solve(item)
            item = sides[1].solve(user)
        return VectorScorer(user.float(), item.float(), self._fold, self._solve)

    def _fold(self, users: NewUsers, item: torch.Tensor) -> torch.Tensor:
        """float32 `[n, dim]`: half a round, for the new users alone."""
        return self._half(users.matrix(len(item)), item)

    def _half(self, matrix: csr_matrix, other: torch.Tensor) -> torch.Tensor:
        """float32 `[n, dim]`: the vectors of those whose interactions are `matrix` `[n, others]`."""
        from recbox_classic._least_squares import Side

        return Side(matrix, self.unobserved, self.l2, self.nu).solve(other.double()).float()

    def _solve(
        self, grown: Grown, user: torch.Tensor, item: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """A `Solve`: half a round for who changed, half a round for new items, and who has some of these."""
        import torch

        matrix, known = grown.users.matrix(grown.items), len(item)
        user[grown.changed] = self._half(matrix[grown.changed, :known], item)
        new = matrix[:, known:]
        if new.shape[1]:
            item = torch.cat([item, self._half(new.T.tocsr(), user)])
            having = new.getnnz(axis=1) > 0
            user[having] = self._half(matrix[having], item)
        return user, item

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        from recbox_classic._vectors import VectorScorer

        return VectorScorer.load(arrays, self._fold, self._solve)
