"""SLIM by the alternating direction method of multipliers: Steck et al. 2020, algorithm 1."""

from __future__ import annotations

import torch
from scipy.sparse import csr_matrix

from recbox.plugin import sparse
from recbox_classic._gram import shrunk

STILL = 1e-5
"""It is done when no weight moves by more than this in a round, nor differs by more between B and C."""


def solve(matrix: csr_matrix, l1: float, l2: float, *, nonnegative: bool, rounds: int) -> csr_matrix:
    """float32 CSR W `[items, items]`, near the minimum of `½‖X - XW‖² + l2/2 ‖W‖² + l1 ‖W‖₁`, diagonal 0.

    B keeps the equations and the diagonal, C the sign and the zeros, and U (the paper's Γ / rho) holds what
    they still differ by: C is the answer.
    """
    common = sparse.gram(matrix, torch.float64)
    rho = _penalty(common, l2)
    inverse, start = _factors(common, l2 + rho)
    scale = inverse.diagonal().clone()
    c, u = torch.zeros_like(start), torch.zeros_like(start)
    for _ in range(rounds):
        b = torch.addmm(start, inverse, c - u, alpha=rho)
        b.addcmul_(inverse, (b.diagonal() / scale)[None, :], value=-1)
        before, c = c, shrunk(b + u, l1 / rho, nonnegative)
        c.fill_diagonal_(0)
        u += b - c
        if max(float((c - before).abs().max()), float((b - c).abs().max())) <= STILL:
            break
    return csr_matrix(c.numpy())


def _penalty(common: torch.Tensor, l2: float) -> float:
    """rho, which moves the solution nowhere and decides how soon it is reached: the geometric mean of the
    smallest and the largest eigenvalue of `G + l2 I`, by steps of the power method for the latter."""
    vector, largest = torch.ones(len(common), dtype=common.dtype), 0.0
    for _ in range(10):
        vector = common @ (vector / max(float(vector.norm()), 1e-300))
        largest = float(vector.norm())
    return (l2 * (largest + l2)) ** 0.5


def _factors(common: torch.Tensor, ridge: float) -> tuple[torch.Tensor, torch.Tensor]:
    """float32 `(G + ridge I)⁻¹` and its product with G, `I - ridge (G + ridge I)⁻¹`; G is overwritten."""
    common.diagonal().add_(ridge)
    torch.linalg.cholesky(common, out=common)
    torch.cholesky_inverse(common, out=common)
    inverse = common.to(torch.float32)
    start = common.mul_(-ridge)
    start.diagonal().add_(1)
    return inverse, start.to(torch.float32)
