"""One half of a round of iALS: the vectors of one side, given those of the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import numpy as np
import torch
from scipy.sparse import csr_matrix

NUMBERS = 4_000_000
"""Numbers in a block of vectors or of matrices, at most (but one node's): what bounds the memory."""


@final
class Side:
    """The nodes of one side (users or items), with the interactions of each: `[nodes, others]` of ones."""

    def __init__(self, matrix: csr_matrix, unobserved: float, l2: float, nu: float) -> None:
        self.matrix, self.unobserved = matrix, unobserved
        self.count = np.diff(matrix.indptr)
        self.ridge = torch.from_numpy(l2 * (self.count + unobserved * matrix.shape[1]) ** nu)

    def solve(self, other: torch.Tensor) -> torch.Tensor:
        """float64 `[nodes, d]`: for each node the x of `(Σ h hᵀ + unobserved HᵀH + ridge I) x = Σ h`, where h
        are the rows of H = `other`, float64 `[others, d]`, that it has an interaction with."""
        base = self.unobserved * other.T @ other
        padded = torch.cat([other, other.new_zeros(1, other.shape[1])])
        found = other.new_empty(len(self.count), other.shape[1])
        for nodes in self._blocks(other.shape[1]):
            theirs = padded[self._theirs(nodes)]
            matrix = torch.baddbmm(base, theirs.mT, theirs)
            matrix.diagonal(dim1=1, dim2=2).add_(self.ridge[nodes, None])
            factor = torch.linalg.cholesky(matrix)
            found[nodes] = torch.cholesky_solve(theirs.sum(1)[..., None], factor)[..., 0]
        return found

    def _theirs(self, nodes: torch.Tensor) -> torch.Tensor:
        """int64 `[nodes, most]`: those that each has an interaction with, filled up with the row of zeros."""
        count = self.count[nodes.numpy()]
        place = np.arange(count.max(initial=0))
        at = self.matrix.indptr[nodes.numpy(), None] + place
        there = place < count[:, None]
        found = np.full(at.shape, self.matrix.shape[1], dtype=np.int64)
        found[there] = self.matrix.indices[at[there]]
        return torch.from_numpy(found)

    def _blocks(self, dim: int) -> Iterator[torch.Tensor]:
        """Nodes with about as many interactions each, so that little is filled up."""
        order = np.argsort(self.count, kind="stable")
        sizes = np.maximum(self.count[order], dim) * dim
        start = 0
        while start < len(order):
            # Sizes rise: as many as fit if all were as large as the last of them.
            fits = np.arange(1, len(order) - start + 1) * sizes[start:] <= NUMBERS
            stop = start + max(1, int(fits.sum()))
            yield torch.from_numpy(order[start:stop].copy())
            start = stop
