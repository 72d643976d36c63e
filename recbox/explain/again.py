"""A pass over a graph without some edges: only rows that change, and that are read, are computed again.

Without edges of the nodes P, the first hop changes at P, and where a layer looks farther around P; each hop
changes what receives from what the hop before has changed. Of these the last hop is read at some nodes, and
each hop where the next one reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from recbox.explain.ego import Egos
from recbox.explain.reach import WHOLE
from recbox.kernel import Graph, View, kept
from recbox.recommender import Growth
from recbox.recommender.around import around, ball

MOST = 0.3
"""Of the graph's edges, how many may be passed over again before a pass over all is as cheap."""


@dataclass(frozen=True, eq=False)
class Less:
    """user: whose edges go, both ways; nodes: int64, ascending, to whom. read: bool `[N]`, the nodes whose
    final vectors are asked for."""

    user: int
    nodes: np.ndarray
    read: np.ndarray


def passed(egos: Egos, less: Less) -> list[torch.Tensor] | None:
    """The vectors of all nodes at each hop, right where they are read; None: too much would change."""
    growth = egos.growth
    sees = [egos.reach(number) for number in range(len(growth.recommender.layer))]
    rows = None if growth.recommender.bf16 or WHOLE in sees else _rows(growth, sees, less)
    if rows is None:
        return None
    hops = [growth.known.hops[0]]
    for number, own in enumerate(rows):
        found = around(growth.structures, own, sees[number])
        graph = _without(found.structures.graph(growth.context), found.nodes, less)
        device = growth.context.device
        nodes, changed, place = (
            torch.from_numpy(rows).to(device)
            for rows in (found.nodes, own, np.searchsorted(found.nodes, own))
        )
        out = growth.recommender.layer[number](graph, hops[number][nodes])[place]
        hops.append(growth.known.hops[number + 1].index_copy(0, changed, out))
    return hops


def _rows(growth: Growth, sees: Sequence[int], less: Less) -> list[np.ndarray] | None:
    """int64, ascending, by layer: the rows that change and are read."""
    was, start = growth.structures, np.union1d(less.nodes, [less.user])
    changed: list[np.ndarray] = []
    for radius in sees:
        reached = ball(was, changed[-1], radius + 1) if changed else start
        changed.append(np.union1d(reached, ball(was, start, radius)))
    changed[-1] = changed[-1][less.read[changed[-1]]]
    for number in range(len(sees) - 1, 0, -1):
        asked = ball(was, changed[number], sees[number] + 1)
        changed[number - 1] = np.intersect1d(changed[number - 1], asked)
    count = growth.graph.count.cpu().numpy()
    far = max(int(count[ball(was, own, r)].sum()) for own, r in zip(changed, sees, strict=True))
    return changed if far <= MOST * growth.graph.edges else None


def _without(graph: Graph, nodes: np.ndarray, less: Less) -> Graph:
    """nodes: int64, ascending, who the graph's rows are."""
    user = int(np.searchsorted(nodes, less.user))
    if user == len(nodes) or nodes[user] != less.user:
        return graph
    others = np.flatnonzero(np.isin(nodes, less.nodes))
    return graph.view(View(keep=kept(graph, user, torch.from_numpy(others))))
