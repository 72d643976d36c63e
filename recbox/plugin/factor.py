"""The largest singular values of a matrix that is known by its products alone.

Stability: stable for callers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Product = Callable[[torch.Tensor], torch.Tensor]

SPARE = 10
"""Directions beyond those asked for; by them the last ones converge."""
NARROW = 64
"""Columns up to which Householder's reflections cost little."""


def svd(
    forward: Product, back: Product, start: torch.Tensor, rank: int, rounds: int = 12
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """U `[rows, rank]`, S `[rank]`, V `[columns, rank]` of a matrix A.

    forward: `A x` of x `[columns, k]`; back: `Aᵀ y` of y `[rows, k]`. start: normal values `[columns, k]`,
    `k` as many as `width` says. rounds: of both products; 12 give an exact decomposition to 1e-5 where
    singular values are a little apart. Randomised, with a power method whose basis is made orthonormal after
    each product (Halko et al. 2011, arXiv:0909.4061, algorithms 4.4 and 5.1).
    """
    import torch

    basis = orthonormal(forward(start))
    for _ in range(rounds):
        basis = orthonormal(forward(orthonormal(back(basis))))
    v, s, small = torch.linalg.svd(back(basis), full_matrices=False)
    return (basis @ small.T)[:, :rank].contiguous(), s[:rank].contiguous(), v[:, :rank].contiguous()


def width(rank: int, rows: int, columns: int) -> int:
    """How many columns `svd` begins with, for `rank` singular values of a `[rows, columns]` matrix."""
    return min(rank + SPARE, rows, columns)


def orthonormal(x: torch.Tensor) -> torch.Tensor:
    """A basis of the columns of x `[n, k]`, n at least k.

    Wide ones by Cholesky's factor of their products, twice (Fukaya et al. 2014, doi:10.1109/ScalA.2014.11),
    which is three times as fast as by reflections; where columns are too alike for it, by reflections too.
    """
    import torch

    if x.shape[1] > NARROW:
        once = _by_cholesky(x)
        twice = None if once is None else _by_cholesky(once)
        if twice is not None:
            return twice
    basis: torch.Tensor = torch.linalg.qr(x).Q
    return basis


def _by_cholesky(x: torch.Tensor) -> torch.Tensor | None:
    """None where rounding would tell."""
    import torch

    factor, failed = torch.linalg.cholesky_ex(x.T @ x)
    size = factor.diagonal().abs()
    if failed or not bool(size.min() > 1e-3 * size.max()):
        return None
    basis: torch.Tensor = torch.linalg.solve_triangular(factor, x.T, upper=False).T.contiguous()
    return basis
