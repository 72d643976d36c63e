"""What both solvers of SLIM begin and end with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from scipy.sparse import csr_matrix, hstack


def shrunk(value: torch.Tensor, l1: float, nonnegative: bool) -> torch.Tensor:
    """Soft thresholding: `sign(x) max(|x| - l1, 0)`, or `max(x - l1, 0)` where none may be negative."""
    if nonnegative:
        return (value - l1).clamp_(min=0)
    return torch.nn.functional.softshrink(value, l1)


def blocks(count: int, size: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of `count` things, `size` at a time."""
    for start in range(0, count, size):
        yield start, min(start + size, count)


def sparse(columns: Sequence[torch.Tensor]) -> csr_matrix:
    """float32 CSR of dense columns, which stand side by side."""
    return hstack([csr_matrix(c.numpy()) for c in columns], format="csr")
