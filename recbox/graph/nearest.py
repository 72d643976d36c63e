"""Which nodes are nearest to each other, by the cosine of their vectors: all pairs, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    Rows = np.ndarray | csr_matrix
    """float32 `[n, w]`: rows of length 1, or of zeros where nothing is known of a node."""

ENTRIES = 2_000_000
"""Cosines in work at once, at most, beside those of one row: what bounds the memory."""
FINE = 1e6
"""Cosines that differ by less than one part in so many are ties."""


def nearest(x: Rows, k: int, which: np.ndarray | None = None) -> csr_matrix:
    """float32 `[m, n]`: row i holds the k nodes nearest to node `which[i]` (None: to each), itself left out,
    with their cosines, to six decimals and above 0.

    Ties: the node that comes next after its own index, the first after the last, so that many nodes that are
    all alike have different neighbours. It takes n² products of w numbers, and blocks of 110 MB.
    """
    from scipy.sparse import csr_matrix, vstack

    n = x.shape[0]
    which = np.arange(n) if which is None else which
    found, step = [csr_matrix((0, n), dtype=np.float32)], max(1, ENTRIES // max(n, 1))
    for start in range(0, len(which), step):
        own = which[start : start + step]
        found.append(best(_cosines(x, own), own, np.broadcast_to(np.arange(n), (len(own), n)), k, n))
    return vstack(found, format="csr")


def _cosines(x: Rows, own: np.ndarray) -> np.ndarray:
    """float32 `[len(own), n]`."""
    if isinstance(x, np.ndarray):
        return np.asarray(x[own] @ x.T)
    return np.ascontiguousarray((x @ x[own].toarray().T).T)


def best(cosine: np.ndarray, own: np.ndarray, other: np.ndarray, k: int, n: int) -> csr_matrix:
    """float32 `[m, n]`: of each row of candidates the k best, as `nearest` gives them. own: int64 `[m]`.
    cosine, other: `[m, c]`, the candidates' numbers (-1: none) and how near they are."""
    from scipy.sparse import csr_matrix

    level = np.rint(cosine * FINE).astype(np.int64)
    level[(other == own[:, None]) | (other < 0)] = 0
    key = (level << 32) - (other - own[:, None]) % n
    k = min(k, key.shape[1])
    place = np.argpartition(key, key.shape[1] - k, axis=1)[:, key.shape[1] - k :]
    row, place = np.repeat(np.arange(len(own)), k), place.ravel()
    value = level[row, place]
    there = value > 0
    at = row[there], other[row, place][there]
    kept = csr_matrix(((value[there] / FINE).astype(np.float32), at), shape=(len(own), n))
    kept.sort_indices()
    return kept


def either(near: csr_matrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each pair once in which one is among the other's: two ends (int64), how alike they are (float32)."""
    found, n = near.tocoo(), near.shape[1]
    low, high = np.minimum(found.row, found.col).astype(np.int64), np.maximum(found.row, found.col)
    pair, first = np.unique(low * n + high, return_index=True)
    return pair // n, pair % n, found.data[first]
