"""A structure over fewer nodes, or over more: what edges weigh and carry stays with them."""

from __future__ import annotations

import numpy as np

from recbox.graph.csr import CSR


def among(csr: CSR, keep: np.ndarray) -> CSR:
    """The nodes that `keep` (bool `[nodes]`) says, in their order, and the edges between them."""
    row = np.repeat(np.arange(csr.rows), np.diff(csr.indptr))
    edges = np.flatnonzero(keep[row] & keep[csr.indices])
    count = np.bincount(row[edges], minlength=csr.rows)[keep]
    place = np.cumsum(keep) - 1
    weight = None if csr.weight is None else csr.weight[edges]
    carried = {name: array[edges] for name, array in csr.edge.items()}
    indices = place[csr.indices[edges]]
    return CSR(_pointers(count), indices, weight, None, int(keep.sum()), carried, csr.scratch)


def spread(csr: CSR, place: np.ndarray, nodes: int) -> CSR:
    """Each node at its `place` (int64 `[nodes]`, ascending) among more; the others have no edge."""
    count = np.zeros(nodes, np.int64)
    count[place] = np.diff(csr.indptr)
    return CSR(_pointers(count), place[csr.indices], csr.weight, csr.reverse, nodes, csr.edge, csr.scratch)


def picked(csr: CSR, edges: np.ndarray, nodes: np.ndarray) -> CSR:
    """Some edges (int64, ascending places) over some nodes (int64, ascending), which have all of their ends.
    Opposite edges are known as such where both directions of each are among them."""
    row = np.searchsorted(csr.indptr, edges, "right") - 1
    indptr = _pointers(np.bincount(np.searchsorted(nodes, row), minlength=len(nodes)))
    reverse = None if csr.reverse is None else np.searchsorted(edges, csr.reverse[edges])
    weight = None if csr.weight is None else csr.weight[edges]
    carried = {name: array[edges] for name, array in csr.edge.items()}
    indices = np.searchsorted(nodes, csr.indices[edges])
    return CSR(indptr, indices, weight, reverse, len(nodes), carried)


def places(csr: CSR, rows: np.ndarray) -> np.ndarray:
    """int64, where the edges of these rows stand, one row after the other."""
    count = csr.indptr[rows + 1] - csr.indptr[rows]
    first = np.repeat(csr.indptr[rows] - (np.cumsum(count) - count), count)
    return first + np.arange(len(first))


def _pointers(count: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
