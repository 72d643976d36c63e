"""What a kernel is: four products, forward only. `product.py` adds gradients and checks of shapes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch

from recbox.kernel.structure import Structure


class Kernel(ABC):
    """Four products of one library, for arguments that were checked.

    Laws: row i depends on the edges of row i alone; a row without edges gives zeros; bf16 is accumulated in
    fp32; two kernels agree to 1e-5 of the sum of absolute terms; the same call repeats bit for bit.
    """

    name: ClassVar[str]

    @abstractmethod
    def native(self, device: torch.device) -> frozenset[torch.dtype]:
        """Types in which sums run there without being widened to fp32."""

    @property
    @abstractmethod
    def prefers_sum(self) -> bool:
        """Whether an unweighted sum is so much faster than a weighted one that scaling nodes twice pays."""

    @abstractmethod
    def sum(self, s: Structure, x: torch.Tensor) -> torch.Tensor:
        """`[n_rows, d]`: the sum of x `[n_columns, d]` over each row's edges."""

    @abstractmethod
    def weighted(self, s: Structure, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        """The weighted sum: x `[n_columns, d]`, w `[edges]`; or x `[n_columns, h, d]`, w `[edges, h]`."""

    @abstractmethod
    def dot(self, s: Structure, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """`[edges]`: a `[n_rows, d]` at each row times b `[n_columns, d]` at each column; or with heads."""

    @abstractmethod
    def softmax(self, s: Structure, e: torch.Tensor) -> torch.Tensor:
        """Softmax of e `[edges]` or `[edges, h]` over each row's edges."""


def wide(x: torch.Tensor) -> torch.Tensor:
    """x in the type that products accumulate in: float64 stays, all else is float32."""
    return x if x.dtype == torch.float64 else x.float()
