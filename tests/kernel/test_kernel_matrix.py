"""A matrix of users and items on a kernel: its products are dense algebra's, with scales and without."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix

from recbox.errors import KernelError
from recbox.kernel import Matrix
from recbox.kernel.kernel import Kernel


def made(rows: int, columns: int, kernel: str) -> tuple[np.ndarray, Matrix]:
    dense = (np.random.default_rng(rows).random((rows, columns)) < 0.3).astype(np.float64)
    dense[0] = 0  # a row without anything
    own = csr_matrix(dense)
    return dense, Matrix(own.indptr.astype(np.int64), own.indices.astype(np.int64), columns, kernel)


@pytest.mark.kernel
@pytest.mark.parametrize(("rows", "columns"), [(7, 5), (5, 7), (6, 6)])
def test_both_products_are_dense_ones(rows: int, columns: int, kernel: Kernel) -> None:
    dense, matrix = made(rows, columns, kernel.name)
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(columns, 3)), draw.normal(size=(rows, 3))
    left, right = draw.random(rows), draw.random(columns)
    assert (matrix.shape, matrix.kernel) == ((rows, columns), kernel.name)
    one, other = (torch.from_numpy(a).float() for a in (left, right))
    for scales, scaled in (((None, None), dense), ((one, other), left[:, None] * dense * right)):
        forth = matrix.times(torch.from_numpy(x).float(), *scales)
        back = matrix.back(torch.from_numpy(y).float(), *scales[::-1])
        np.testing.assert_allclose(forth.double(), scaled @ x, atol=1e-5)
        np.testing.assert_allclose(back.double(), scaled.T @ y, atol=1e-5)


@pytest.mark.kernel
def test_only_a_sound_one_reaches_a_kernel(kernel: Kernel) -> None:
    with pytest.raises(KernelError, match="points to node 9"):
        Matrix(np.array([0, 1]), np.array([9]), 3, kernel.name)
