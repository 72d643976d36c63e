"""What new nodes see of the graph, and nothing else of it: one hop of them costs what they receive.

A layer's rows of new nodes depend on the nodes that they receive from, on how those count (by their degrees,
which stay those of training), and on nothing more. So the graph is cut down to the new nodes and their
sources, each of which gets in place of all its edges one from itself that weighs as much as they did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from recbox.graph import CSR, Layout
from recbox.recommender.edges import Structures
from recbox.recommender.received import Arriving

Degrees = Mapping[str, np.ndarray]
"""float32 `[nodes]`, by edge type: the sum of the weights of each node's edges."""


@dataclass(frozen=True, eq=False)
class Near:
    """structures: of the sources alone. nodes: int64 `[m]`, ascending, who they are in the graph as it was.
    arriving: what new nodes receive from them."""

    structures: Structures
    nodes: np.ndarray
    arriving: Arriving


def degrees(was: Structures) -> Degrees:
    """Of every edge type."""
    return {type: _degree(csr) for type, csr in was.csr.items()}


def _degree(csr: CSR) -> np.ndarray:
    if csr.weight is None:
        return np.diff(csr.indptr).astype(np.float32)
    total = np.concatenate([[0.0], np.cumsum(csr.weight, dtype=np.float64)])
    return (total[csr.indptr[1:]] - total[csr.indptr[:-1]]).astype(np.float32)


def carries(was: Structures) -> bool:
    """Whether edges are more than what they weigh: then a source's can't be stood for by one."""
    return any(csr.edge for csr in was.csr.values())


def near(was: Structures, degree: Degrees, arriving: Arriving) -> Near:
    """The sources of what new nodes receive."""
    nodes = np.unique(np.concatenate([np.zeros(0, np.int64), *(one.source for one in arriving.values())]))
    counts = tuple(
        (name, int(((nodes >= was.layout.offset(name)) & (nodes < was.layout.range(name).stop)).sum()))
        for name, _ in was.layout.counts
    )
    csr = {type: _standing(degree[type][nodes]) for type in was.csr}
    # What stands for an unweighted edge type is weighted, and so is what comes: an edge counts 1.
    plain = {type for type, one in was.csr.items() if one.weight is None}
    moved = {
        type: replace(
            one,
            source=np.searchsorted(nodes, one.source),
            weight=np.ones(len(one.source), np.float32) if type in plain else one.weight,
        )
        for type, one in arriving.items()
    }
    return Near(replace(was, layout=Layout(counts), csr=csr), nodes, moved)


def _standing(degree: np.ndarray) -> CSR:
    """An edge of each node from itself that weighs its degree; of a node of none, no edge."""
    there = degree > 0
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(there, dtype=np.int64)])
    return CSR(indptr, np.flatnonzero(there), degree[there], None, len(degree), {})
