"""Singular values of a matrix known by its products: numpy's, narrow and wide, of full rank and less."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recbox.plugin import factor


def falling(rows: int, columns: int, rank: int) -> np.ndarray:
    """A matrix with singular values 1, 0.9, 0.81, ... up to `rank`, and none behind."""
    draw = np.random.default_rng(0)
    left = np.linalg.qr(draw.normal(size=(rows, rank)))[0]
    right = np.linalg.qr(draw.normal(size=(columns, rank)))[0]
    return left * 0.9 ** np.arange(rank) @ right.T


def found(matrix: np.ndarray, rank: int) -> tuple[torch.Tensor, ...]:
    a = torch.from_numpy(matrix).float()
    start = torch.randn(a.shape[1], factor.width(rank, *a.shape), generator=torch.Generator().manual_seed(3))
    return factor.svd(lambda x: a @ x, lambda y: a.T @ y, start, rank)


@pytest.mark.parametrize(
    ("rows", "columns", "full", "rank"), [(40, 30, 30, 5), (30, 40, 12, 12), (9, 4, 4, 4)]
)
def test_values_and_spaces_are_numpys(rows: int, columns: int, full: int, rank: int) -> None:
    matrix = falling(rows, columns, full)
    u, s, v = found(matrix, rank)
    left, value, right = np.linalg.svd(matrix, full_matrices=False)
    assert (u.shape, s.shape, v.shape) == ((rows, rank), (rank,), (columns, rank))
    np.testing.assert_allclose(s, value[:rank], atol=1e-5)
    np.testing.assert_allclose(u * s @ v.T, left[:, :rank] * value[:rank] @ right[:rank], atol=1e-4)


def test_many_columns_by_cholesky() -> None:
    matrix = np.random.default_rng(1).normal(size=(400, 300))
    u, s, v = found(matrix, 290)
    assert factor.width(290, 400, 300) > factor.NARROW
    np.testing.assert_allclose(s[:250], np.linalg.svd(matrix, compute_uv=False)[:250], rtol=1e-3)
    for basis in (u, v):
        torch.testing.assert_close(basis.T @ basis, torch.eye(290), atol=1e-4, rtol=0)


def test_a_basis_of_columns_that_are_alike_is_orthonormal_too() -> None:
    """Cholesky's factor of their products would have zeros on its diagonal."""
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(200, 100, generator=draw)
    x[:, 50:] = x[:, :50]
    assert factor._by_cholesky(x) is None
    basis = factor.orthonormal(x)
    torch.testing.assert_close(basis.T @ basis, torch.eye(100), atol=1e-4, rtol=0)
    inside = basis @ (basis.T @ x)
    torch.testing.assert_close(inside, x, atol=1e-3, rtol=0)
