"""How far a layer sees that works on whole graphs alone: found out by trial, and not asked.

A layer's row of a node may depend on the edges of its neighbours, as where it divides by their degrees, or on
ends of longer ways. It sees no farther than a radius where, over what is left of the graph that far around a
node, it gives that node what it gives it over the graph.
"""

from __future__ import annotations

import numpy as np
import torch

from recbox.explain.place import Place
from recbox.recommender import Growth

WHOLE = 1 << 30
"""Farther than any node is."""
RADII = (0, 1, 2)
SHARES = (0.3, 0.6, 0.9)
"""Which nodes of each type it is tried with, ordered by how many edges end at them."""
ROUNDING = 1e-5
"""Of the size of what the layer gives, how far a row may be off."""


@torch.no_grad()
def reach(growth: Growth, number: int) -> int:
    """The least radius beyond which a layer (from 0) doesn't look, or `WHOLE`."""
    layer, graph, was = growth.recommender.layer[number], growth.graph, growth.known.hops[number]
    share = torch.rand(was.shape, generator=torch.Generator().manual_seed(0)).to(was)
    x = was * share  # no vectors of training, of which a layer may know more than that they are vectors
    every = layer(graph, x)
    size = float(every.abs().max()) or 1.0

    def near(node: int, radius: int) -> bool:
        place = Place.of(growth, node, radius)
        try:
            found = layer(place.graph, x[place.nodes])[place.row]
        except Exception:  # whatever a layer of another package does with a graph that isn't its own
            return False
        return bool((found - every[node]).abs().max() <= ROUNDING * size)

    nodes = _probes(growth)
    return next((radius for radius in RADII if all(near(node, radius) for node in nodes)), WHOLE)


def _probes(growth: Growth) -> list[int]:
    """Nodes of few and of many edges, of each type."""
    layout, count = growth.structures.layout, growth.graph.count.cpu().numpy()
    found: list[int] = []
    for type, _ in layout.counts:
        rows = layout.range(type)
        order = np.argsort(count[rows], kind="stable")
        order = order[count[rows][order] > 0]
        if len(order):
            found += [rows.start + int(order[int(share * len(order))]) for share in SHARES]
    return found
