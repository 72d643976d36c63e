"""Items that the same users have: worked by hand, equal to a dense reference, and never dense themselves."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from recbox.graph import together as module
from recbox.graph.nearest import either
from recbox.graph.together import together

USER = [0, 0, 0, 1, 1, 2, 2, 2, 3, 4]
ITEM = [0, 1, 2, 0, 1, 1, 2, 3, 4, 4]
"""Item 4 has users of its own, and nobody has item 5."""


def having(user: list[int], item: list[int], shape: tuple[int, int]) -> csr_matrix:
    matrix = csr_matrix((np.ones(len(user), np.float32), (user, item)), shape=shape)
    matrix.data[:] = 1
    return matrix


def pairs(near: csr_matrix) -> dict[tuple[int, int], float]:
    low, high, alike = either(near)
    return {(a, b): v for a, b, v in zip(low.tolist(), high.tolist(), alike.tolist())}


def test_cosine_by_hand() -> None:
    near = together(having(USER, ITEM, (5, 6)), 1, "cosine")
    assert np.diff(near.indptr).tolist() == [1, 1, 1, 1, 0, 0]
    assert near.indices.tolist() == [1, 0, 1, 2]  # of item 1's two nearest the lower
    expected = {(0, 1): 2 / 6**0.5, (1, 2): 2 / 6**0.5, (2, 3): 1 / 2**0.5}
    assert pairs(near) == pytest.approx(expected, rel=1e-6)


def test_count_by_hand() -> None:
    near = together(having(USER, ITEM, (5, 6)), 1, "count")
    assert pairs(near) == {(0, 1): 2.0, (1, 2): 2.0, (1, 3): 1.0}
    every = together(having(USER, ITEM, (5, 6)), 5, "count")
    assert pairs(every) == {(0, 1): 2.0, (0, 2): 1.0, (1, 2): 2.0, (1, 3): 1.0, (2, 3): 1.0}


def slow(dense: np.ndarray, k: int, similarity: str) -> np.ndarray:
    """float64 `[n, n]`, one pair at a time."""
    n = dense.shape[1]
    kept = np.zeros((n, n))
    for i in range(n):
        value = np.zeros(n)
        for j in range(n):
            both = float((dense[:, i] * dense[:, j]).sum())
            ends = dense[:, i].sum() * dense[:, j].sum()
            value[j] = 0 if i == j or not both else both / ends**0.5 if similarity == "cosine" else both
        for j in sorted(range(n), key=lambda j: (-np.float32(value[j]), j))[:k]:
            kept[i, j] = value[j]
    return kept


@settings(max_examples=60)
@given(
    st.integers(0, 9),
    st.integers(1, 12),
    st.integers(1, 14),
    st.sampled_from(["cosine", "count"]),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 5, 10**6]),
)
def test_equal_to_a_dense_reference(users, items, k, similarity, seed, entries) -> None:
    dense = (np.random.default_rng(seed).random((users, items)) < 0.4).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:  # in blocks of one row, of a few, and in one
        patch.setattr(module, "ENTRIES", entries)
        near = together(csr_matrix(dense), k, similarity)
    np.testing.assert_allclose(near.toarray(), slow(dense, k, similarity), rtol=1e-6)


def test_more_rows_than_keys_can_tell_apart_are_done_in_blocks(monkeypatch) -> None:
    monkeypatch.setattr(module, "rows_at_once", lambda columns: 2)
    near = together(having(USER, ITEM, (5, 6)), 1, "cosine")
    assert pairs(near) == pytest.approx({(0, 1): 2 / 6**0.5, (1, 2): 2 / 6**0.5, (2, 3): 1 / 2**0.5})


def test_memory_stays_far_below_items_times_items() -> None:
    draw, items = np.random.default_rng(0), 20_000
    user, item = draw.integers(0, 4000, 120_000), (items * draw.random(120_000) ** 2).astype(np.int64)
    matrix = having(user.tolist(), item.tolist(), (4000, items))
    tracemalloc.start()
    near = together(matrix, 10, "cosine")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert near.nnz > 9 * items
    assert peak < 4 * items**2 / 4, f"{peak / 2**20:.0f} MB"
