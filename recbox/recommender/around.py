"""What is left of a graph around some nodes, when only what is near them is kept.

A layer's row of a node depends on the nodes that it receives from, often on how many edges these have, and
seldom on more. So a pass for one row needs the edges of the node, or those of its neighbours too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recbox.graph import CSR, Layout, picked, places
from recbox.recommender.edges import Structures
from recbox.recommender.received import Arriving, grown


@dataclass(frozen=True, eq=False)
class Around:
    """structures: of these nodes alone. nodes: int64 `[m]`, ascending, who they are in the graph as it was;
    -1 one that has come."""

    structures: Structures
    nodes: np.ndarray


def around(was: Structures, start: np.ndarray, radius: int) -> Around:
    """All edges, of every type, that begin or end at most `radius` edges from `start` (int64, ascending), and
    the nodes that they join; below 0 no edge. Within the radius each node has all of its edges."""
    ends = ball(was, start, radius) if radius >= 0 else start[:0]
    edges = {type: _touching(csr, ends) for type, csr in was.csr.items()}
    joined = [end for type, csr in was.csr.items() for end in _ends(csr, edges[type])]
    nodes = np.unique(np.concatenate([start, ends, *joined]))
    csr = {type: picked(csr, edges[type], nodes) for type, csr in was.csr.items()}
    return Around(replace(was, layout=_layout(was.layout, nodes), csr=csr), nodes)


def ball(was: Structures, start: np.ndarray, radius: int) -> np.ndarray:
    """int64, ascending: the nodes that messages reach `start` from over up to `radius` edges."""
    for _ in range(radius):
        sources = (csr.indices[places(csr, start)] for csr in was.csr.values())
        start = np.unique(np.concatenate([start, *sources]))
    return start


def around_new(was: Structures, received: Arriving, radius: int) -> Around:
    """The same around one new user, who receives this and sends nothing."""
    each = [one.source for one in received.values()]
    found = around(was, np.unique(np.concatenate([np.zeros(0, np.int64), *each])), radius - 1)
    place = found.structures.layout.range("user").stop
    moved = {t: replace(one, source=np.searchsorted(found.nodes, one.source)) for t, one in received.items()}
    return Around(grown(found.structures, "user", 1, moved), np.insert(found.nodes, place, -1))


def _touching(csr: CSR, ends: np.ndarray) -> np.ndarray:
    """int64, ascending: the edges that begin or end at these nodes."""
    into = places(csr, ends)
    if csr.reverse is not None:
        return np.union1d(into, csr.reverse[into])
    there = np.zeros(csr.columns, bool)
    there[ends] = True
    return np.union1d(into, np.flatnonzero(there[csr.indices]))


def _ends(csr: CSR, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.searchsorted(csr.indptr, edges, "right") - 1, csr.indices[edges]


def _layout(was: Layout, nodes: np.ndarray) -> Layout:
    """Of each type those among the nodes."""
    bounds = [was.range(type) for type, _ in was.counts]
    counts = [int(np.searchsorted(nodes, b.stop) - np.searchsorted(nodes, b.start)) for b in bounds]
    return Layout(tuple((type, count) for (type, _), count in zip(was.counts, counts)))
