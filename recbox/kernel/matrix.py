"""A sparse matrix of users and items bound to a kernel: products with it, and with its transpose."""

from __future__ import annotations

from typing import final

import numpy as np
import torch

from recbox.graph.csr import CSR
from recbox.kernel.choice import choose, instance
from recbox.kernel.door import check
from recbox.kernel.part import part_of
from recbox.kernel.product import spmm_scaled


@final
class Matrix:
    """A `[rows, columns]` of ones and zeros; row i has `indices[indptr[i]:indptr[i + 1]]`, ascending.

    kernel: `auto`, `dgl` or `torch`. Raises KernelError for an unsound structure (see `check`).
    """

    def __init__(
        self, indptr: np.ndarray, indices: np.ndarray, columns: int, kernel: str = "auto", device: str = "cpu"
    ) -> None:
        sound = check(CSR(indptr, indices, columns=columns), "matrix")
        self._s = part_of(sound, None, device).structure
        self._kernel = instance(choose(kernel, str(torch.device(device).type)))
        self.shape, self.kernel = (self._s.n_rows, columns), self._kernel.name

    def times(
        self, x: torch.Tensor, left: torch.Tensor | None = None, right: torch.Tensor | None = None
    ) -> torch.Tensor:
        """float `[rows, k]`: `left ⊙ A (right ⊙ x)` of x `[columns, k]`; left `[rows]`, right `[columns]`
        are float32, None for 1."""
        return spmm_scaled(self._kernel, self._s, x, left, right)

    def back(
        self, y: torch.Tensor, left: torch.Tensor | None = None, right: torch.Tensor | None = None
    ) -> torch.Tensor:
        """float `[columns, k]`: `left ⊙ Aᵀ (right ⊙ y)` of y `[rows, k]`."""
        return spmm_scaled(self._kernel, self._s.transposed[0], y, left, right)
