"""Nearest nodes: by hand, equal to a dense reference, ties spread, in bounded memory; faiss beside them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from recbox.graph import nearest as module
from recbox.graph.nearest import either, nearest


def unit(x: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return (x / np.where(length > 0, length, 1)).astype(np.float32)


def clusters(n: int, width: int, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    centre = draw.standard_normal((40, width))
    return unit(centre[draw.integers(0, 40, n)] + draw.standard_normal((n, width)))


def test_six_nodes_by_hand() -> None:
    x = unit(np.array([[1, 0], [2, 0], [1, 1], [0, 1], [-1, 0], [0, 0]], float))
    near = nearest(x, 1)
    # 0 and 1 point the same way, 2 lies between 0, 1 and 3, 4 points away from all, of 5 nothing is known.
    # Of 0, 1 and 3, which are as near to 2, the one that comes next is 3.
    assert np.diff(near.indptr).tolist() == [1, 1, 1, 1, 0, 0]
    assert near.indices.tolist() == [1, 0, 3, 2]
    low, high, alike = either(near)
    assert (low.tolist(), high.tolist()) == ([0, 2], [1, 3])
    assert alike.tolist() == pytest.approx([1, 0.5**0.5], abs=1e-6)


def test_nodes_that_are_all_alike_have_different_neighbours() -> None:
    near = nearest(np.ones((6, 1), np.float32), 2)
    assert near.toarray().tolist() == [[float((j - i) % 6 in (1, 2)) for j in range(6)] for i in range(6)]


def slow(x: np.ndarray, k: int) -> np.ndarray:
    n, x = len(x), x.astype(np.float64)
    kept = np.zeros((n, n))
    for i in range(n):
        value = [round(float(x[i] @ x[j]), 6) for j in range(n)]
        others = sorted((j for j in range(n) if j != i), key=lambda j: (-value[j], (j - i) % n))
        for j in others[:k]:
            kept[i, j] = max(value[j], 0)
    return kept


@settings(max_examples=60)
@given(
    st.integers(1, 15),
    st.integers(1, 5),
    st.integers(1, 20),
    st.booleans(),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 40, 10**6]),
)
def test_equal_to_a_dense_reference(n, width, k, sparse, seed, entries) -> None:
    # Multiples of a half along the axes: many ties, and none that rounding decides.
    draw = np.random.default_rng(seed)
    x = np.zeros((n, width), np.float32)
    for column in (0, min(1, width - 1)):
        x[np.arange(n), draw.integers(0, width, n) if column else draw.integers(0, 1, n)] += 0.5
    x = unit(x * draw.choice([-1, 1], (n, width)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ENTRIES", entries)
        near = nearest(csr_matrix(x) if sparse else x, k)
    np.testing.assert_allclose(near.toarray(), slow(x, k), atol=2e-6)


def test_some_nodes_alone_have_the_rows_that_they_have_among_all() -> None:
    x, which = clusters(300, 8), np.array([7, 299, 0])
    assert np.array_equal(nearest(x, 5, which).toarray(), nearest(x, 5).toarray()[which])


@pytest.mark.parametrize("sparse", [False, True])
def test_memory_stays_far_below_items_times_items(sparse: bool) -> None:
    items = 20_000
    x: np.ndarray | csr_matrix = clusters(items, 16)
    x = csr_matrix(x) if sparse else x
    tracemalloc.start()
    near = nearest(x, 10, np.arange(500))  # of all nodes it is the same, block after block
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert near.nnz == 10 * 500
    assert peak < 4 * items**2 / 8, f"{peak / 2**20:.0f} MB"


@pytest.fixture
def approximate():
    pytest.importorskip("faiss", reason="needs faiss: pip install 'recbox-graph[faiss]'")
    from recbox.graph.approximate import approximate

    return approximate


@pytest.mark.parametrize("width", [24, 700])
@pytest.mark.parametrize("sparse", [False, True])
def test_faiss_comes_near_to_the_exact(approximate, sparse: bool, width: int) -> None:
    x = clusters(2000, width)
    found, exact = approximate(csr_matrix(x) if sparse else x, 10), nearest(x, 10)
    shared = found.near.multiply(exact > 0).nnz / exact.nnz
    assert shared > (0.8 if sparse and width > 512 else 0.9)
    assert found.recall == pytest.approx(shared, abs=0.05)
    both = (found.near > 0).multiply(exact > 0)
    off = found.near.multiply(both) - exact.multiply(both)
    assert abs(off).max() < 2e-6  # cosines are those of the vectors, projected or not
    assert (found.near.diagonal() == 0).all() and np.diff(found.near.indptr).max() == 10


def test_faiss_gives_the_same_again(approximate) -> None:
    x = clusters(2000, 24)
    one, two = approximate(x, 5, seed=3), approximate(x, 5, seed=3)
    assert (one.near != two.near).nnz == 0 and one.recall == two.recall


def test_faiss_where_there_is_little_to_find(approximate) -> None:
    few = unit(np.array([[1, 0], [1, 1], [0, 0]], float))
    assert np.array_equal(approximate(few, 10).near.toarray(), nearest(few, 10).toarray())
    nothing = approximate(np.zeros((5, 3), np.float32), 2)
    assert nothing.near.nnz == 0 and nothing.recall == 1


def test_recall_is_of_those_that_are_missing() -> None:
    from recbox.graph.approximate import recall

    x = clusters(100, 8)
    exact = nearest(x, 4)
    assert recall(x, exact, 4) == 1
    half = exact.copy()
    half.data[half.indptr[:-1, None] + np.argsort(exact.data.reshape(100, 4), axis=1)[:, :2]] = 0
    half.eliminate_zeros()
    assert recall(x, half, 4) == 0.5
