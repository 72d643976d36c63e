"""Nearest nodes by faiss: only those in the same corner of the space are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recbox.graph.nearest import ENTRIES, best, nearest

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from recbox.graph.nearest import Rows

WIDEST = 512
"""Columns up to which vectors are searched as they are; wider sparse ones are projected by lot to so many."""
SAMPLE = 200
"""Nodes for which the exact neighbours are looked up, to say how near the approximation came."""


@dataclass(frozen=True)
class Found:
    """near: as of `nearest`. recall: of a sample, the share of neighbours that are as near as the exact k-th.
    how: what was done, in words."""

    near: csr_matrix
    recall: float
    how: str


def approximate(x: Rows, k: int, *, seed: int = 0, threads: int = 1) -> Found:
    """The k nodes nearest to each, those of other cells of the space left out.

    faiss's inverted file: k-means divides the vectors into `4 √n` cells, and each node is compared with those
    of the cells nearest to it, a sixteenth of all. Of four times as many candidates as are asked for, cosines
    are computed anew, so that those that are given are exact, and ties go as in `nearest`.
    """
    import faiss
    from scipy.sparse import csr_matrix, vstack

    faiss.omp_set_num_threads(threads)
    dense = _dense(x, seed)
    if not dense.any():
        return Found(csr_matrix((len(dense), len(dense)), dtype=np.float32), 1.0, "faiss, of nothing")
    index, cells, looked = _index(faiss, dense, seed)
    found = [
        _exactly(x, *_search(index, dense, part, k), k) for part in _parts(x.shape[0], k, dense.shape[1])
    ]
    near = vstack(found, format="csr")
    return Found(near, recall(x, near, k, seed), f"faiss, {looked} of {cells} cells looked at")


def recall(x: Rows, near: csr_matrix, k: int, seed: int = 0) -> float:
    """Of `SAMPLE` nodes drawn by lot: how many of the neighbours that they should have are there. One that is
    as near as the exact k-th counts, whichever it is, for among ties none is the right one."""
    rng, n = np.random.default_rng(seed), x.shape[0]
    which = np.sort(rng.choice(n, min(n, SAMPLE), replace=False))
    exact, own = nearest(x, k, which), near[which]
    there = wanted = 0
    for a, b in zip(np.split(exact.data, exact.indptr[1:-1]), np.split(own.data, own.indptr[1:-1])):
        wanted += len(a)
        there += min(len(a), int((b >= a.min(initial=1) - 2e-6).sum()))
    return there / wanted if wanted else 1.0


def _dense(x: Rows, seed: int) -> np.ndarray:
    """float32 `[n, w]`, of length 1 as nearly as the projection keeps it."""
    if isinstance(x, np.ndarray):
        return np.ascontiguousarray(x, dtype=np.float32)
    if x.shape[1] <= WIDEST:
        return np.ascontiguousarray(x.toarray(), dtype=np.float32)
    lot = np.random.default_rng(seed).standard_normal((x.shape[1], WIDEST)).astype(np.float32)
    return np.ascontiguousarray(x @ lot / np.float32(WIDEST**0.5))


def _index(faiss: Any, dense: np.ndarray, seed: int) -> tuple[Any, int, int]:
    n, width = dense.shape
    cells = max(1, min(int(4 * n**0.5), n // 40))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(width), width, cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.min_points_per_centroid = 1  # else it writes of few points to the terminal
    index.cp.seed, index.nprobe = 1234 + seed, max(1, min(cells, max(8, cells // 16)))
    there = np.flatnonzero((dense != 0).any(1))
    lot = np.random.default_rng(seed).choice(there, min(len(there), 64 * cells), replace=False)
    index.train(dense[np.sort(lot)])
    index.add(dense)
    return index, cells, int(index.nprobe)


def _parts(n: int, k: int, width: int) -> list[slice]:
    step = max(1, ENTRIES // (width * (4 * k + 1)))
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]


def _search(index: Any, dense: np.ndarray, part: slice, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The nodes asked for, and candidates of each: int64 `[m, 4 k + 1]`, -1 where there are none."""
    _, other = index.search(dense[part], min(4 * k + 1, len(dense)))
    return np.arange(part.start, part.stop), other.astype(np.int64)


def _exactly(x: Rows, own: np.ndarray, other: np.ndarray, k: int) -> csr_matrix:
    """The best of the candidates by their cosines."""
    mine, theirs = np.repeat(own, other.shape[1]), np.maximum(other, 0).ravel()
    if isinstance(x, np.ndarray):
        cosine = np.einsum("mw,mcw->mc", x[own], x[theirs].reshape(*other.shape, -1))
    else:
        cosine = np.asarray(x[mine].multiply(x[theirs]).sum(axis=1)).reshape(other.shape)
    return best(cosine, own, other, k, x.shape[0])
