"""Structures from lists of pairs: worked by hand, and equal to a dense matrix."""

from __future__ import annotations

import numpy as np
import pytest

from recbox.errors import KernelError
from recbox.graph import CSR, Layout, interaction_csr, pair_csr, shifted, symmetric
from recbox.kernel import check


def dense(csr: CSR) -> np.ndarray:
    out = np.zeros((csr.rows, csr.columns))
    rows = np.repeat(np.arange(csr.rows), np.diff(csr.indptr))
    out[rows, csr.indices] = 1 if csr.weight is None else csr.weight
    return out


def test_interactions_by_hand() -> None:
    csr = interaction_csr(np.array([1, 0, 1]), np.array([1, 1, 0]), 2, 3)
    assert csr.indptr.tolist() == [0, 1, 3, 4, 6, 6] and csr.indices.tolist() == [3, 2, 3, 1, 0, 1]
    assert csr.reverse.tolist() == [4, 3, 5, 1, 0, 2] and csr.weight is None and csr.columns == 5


def test_the_same_pair_again_adds_its_weight() -> None:
    csr = interaction_csr(np.array([0, 0, 0]), np.array([1, 0, 1]), 1, 2, np.array([1.5, 1.0, 0.5]))
    assert dense(csr).tolist() == [[0, 1, 2], [1, 0, 0], [2, 0, 0]]


def test_the_same_pair_again_counts_once_without_weights() -> None:
    csr = interaction_csr(np.array([0, 0, 1]), np.array([0, 0, 0]), 2, 1)
    assert csr.weight is None
    assert dense(csr).tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_interactions_are_sound_and_equal_a_dense_matrix(seed: int, weighted: bool) -> None:
    draw = np.random.default_rng(seed)
    user, item = draw.integers(0, 9, 60), draw.integers(0, 7, 60)
    weight = draw.integers(1, 5, 60) / 4 if weighted else None
    matrix = np.zeros((16, 16))
    if weight is None:
        matrix[user, item + 9] = 1
    else:
        np.add.at(matrix, (user, item + 9), weight)
    csr = check(interaction_csr(user, item, 9, 7, weight))
    assert np.array_equal(dense(csr), matrix + matrix.T)


def test_relations_by_hand() -> None:
    made = pair_csr(np.array([2, 0, 1, 2, 0]), np.array([0, 2, 1, 1, 2]), 4)
    assert (made.loops, made.repeated) == (1, 2)
    assert dense(made.csr).tolist() == [[0, 0, 1, 0], [0, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    weighted = pair_csr(np.array([0, 1]), np.array([1, 0]), 2, np.array([0.25, 1.0]))
    assert weighted.csr.weight.tolist() == [1.25, 1.25] and weighted.repeated == 1
    assert check(made.csr).reverse.tolist() == made.csr.reverse.tolist()


def test_a_relation_takes_its_place_in_a_larger_space() -> None:
    csr = shifted(pair_csr(np.array([0]), np.array([1]), 2).csr, 3, 6)
    assert csr.indptr.tolist() == [0, 0, 0, 0, 1, 2, 2] and csr.indices.tolist() == [4, 3]
    assert check(csr).columns == 6


def test_nothing_at_all() -> None:
    none = np.array([], dtype=np.int64)
    for csr in (interaction_csr(none, none, 2, 3), pair_csr(none, none, 5).csr, symmetric(none, none, 5)):
        assert check(csr).indptr.tolist() == [0] * 6
    assert check(pair_csr(none, none, 0).csr).rows == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: interaction_csr(np.array([2]), np.array([0]), 2, 2),
        lambda: interaction_csr(np.array([0]), np.array([-1]), 2, 2),
        lambda: interaction_csr(np.array([0.0]), np.array([1]), 2, 2),
        lambda: interaction_csr(np.array([0]), np.array([1, 1]), 2, 2),
        lambda: interaction_csr(np.array([0]), np.array([1]), 2, 2, np.ones(2)),
        lambda: pair_csr(np.array([5]), np.array([1]), 5),
    ],
)
def test_indices_that_there_are_not(call) -> None:
    with pytest.raises(KernelError):
        call()


def test_layout() -> None:
    layout = Layout((("user", 3), ("item", 2)))
    assert layout.total == 5 and layout.offset("item") == 3 and layout.range("item") == slice(3, 5)
