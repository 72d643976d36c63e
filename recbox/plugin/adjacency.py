"""The normalised matrix of users and items, bound to a kernel, and its leading factors."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from scipy.sparse import csr_matrix

from recbox.errors import KernelError
from recbox.kernel import Matrix, choose
from recbox.plugin import factor, sparse


class Adjacency:
    """R̃ `[users, items]` on a kernel: `D_U^{-a} R D_I^{-b}`, of R `sparse.history`.

    kernel: `auto`, `dgl` or `torch`; torch's where the one that is asked for isn't installed.

    Stability: stable for callers.
    """

    def __init__(self, history: csr_matrix, user_exponent: float, item_exponent: float, kernel: str) -> None:
        self.history, self.kernel = history, _there(kernel)
        self.exponents = user_exponent, item_exponent
        self.count = history.getnnz(axis=0)
        self.user = torch.from_numpy(power(history.getnnz(axis=1), -user_exponent))
        self.item = torch.from_numpy(power(self.count, -item_exponent))

    @cached_property
    def matrix(self) -> Matrix:
        own = self.history
        return Matrix(own.indptr.astype(np.int64), own.indices.astype(np.int64), own.shape[1], self.kernel)

    def times(self, x: torch.Tensor) -> torch.Tensor:
        """R̃ x `[users, k]` of x `[items, k]`."""
        return self.matrix.times(x, self.user, self.item)

    def back(self, y: torch.Tensor) -> torch.Tensor:
        """R̃ᵀ y `[items, k]` of y `[users, k]`."""
        return self.matrix.back(y, self.item, self.user)

    def factors(
        self, rank: int, generator: torch.Generator, rounds: int = 12
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """U `[users, rank]`, S `[rank]`, V `[items, rank]` of R̃; rounds: see `factor.svd`."""
        shape = self.history.shape
        start = torch.randn(shape[1], factor.width(rank, *shape), generator=generator)
        return factor.svd(self.times, self.back, start, rank, rounds)

    def smoothed(self, x: csr_matrix) -> torch.Tensor:
        """`R̃ᵀR̃ xᵀ`, float32 `[items, b]`, of x `[b, items]`; the first product is a sparse one."""
        taken = weighed(x, self.item.numpy()) @ self._transposed
        return self.matrix.back(
            torch.from_numpy(taken.toarray()).T.contiguous(), self.item, self.user.square()
        )

    @cached_property
    def _transposed(self) -> csr_matrix:
        return self.history.T.tocsr()


def _there(kernel: str) -> str:
    """The kernel that a scorer was fitted with, or that of torch where it isn't installed."""
    try:
        return choose(kernel).kernel
    except KernelError:
        return "torch"


def power(count: np.ndarray, exponent: float) -> np.ndarray:
    """float32 `[n]`: each count to a power; 0 where there is none."""
    return sparse.power(count, exponent).astype(np.float32)


def weighed(x: csr_matrix, by: np.ndarray) -> csr_matrix:
    """x with the entries of each column times a number."""
    return csr_matrix((x.data * by[x.indices], x.indices, x.indptr), shape=x.shape)
