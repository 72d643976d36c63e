"""A graph of six nodes with interactions and two other behaviours, and adjacencies in float64.

Users 0, 1, 2 are nodes 0, 1, 2; items are nodes 3, 4, 5.
"""

from __future__ import annotations

import numpy as np
import torch

from recbox.graph import Layout, symmetric
from recbox.plugin import Context, Graph, Spec

USERS, NODES = 3, 6
PAIRS = {
    "interaction": [(0, 3), (1, 4)],
    "behaviour.view": [(0, 3), (0, 4), (1, 4), (2, 5)],
    "behaviour.cart": [(0, 4), (1, 5)],
}


def graph(kernel: str = "torch", *names: str, weighted: bool = False) -> Graph:
    """names: edge types, all of them where none is named. weighted: edges weigh 1, 2, 3, ..."""
    layout = Layout((("user", USERS), ("item", NODES - USERS)))
    edges = {}
    for name in names or PAIRS:
        ends = np.array(PAIRS[name])
        weight = np.arange(1, len(ends) + 1, dtype=np.float32) if weighted else None
        edges[name] = symmetric(ends[:, 0], ends[:, 1], NODES, weight)
    return Graph.build(layout, edges, kernel=kernel)


def spec(around: Graph, width: int = 4, dim: int = 4) -> Spec:
    return Spec("", NODES, width, dim, None, around, Context(), "layer.0.0")


def drawn(dim: int = 4, key: int = 0) -> torch.Tensor:
    return torch.randn(NODES, dim, generator=torch.Generator().manual_seed(key))


def adjacency(name: str, norm: str = "sym", weighted: bool = False) -> torch.Tensor:
    """float64 `[6, 6]`: the normalised adjacency of one edge type, entry by entry."""
    a = torch.zeros(NODES, NODES, dtype=torch.float64)
    for number, (j, k) in enumerate(PAIRS[name], 1):
        a[j, k] = a[k, j] = float(number) if weighted else 1.0
    out = torch.zeros_like(a)
    for j in range(NODES):
        for k in range(NODES):
            if a[j, k]:
                out[j, k] = a[j, k] / ((a[j].sum() * a[k].sum()).sqrt() if norm == "sym" else a[j].sum())
    return out
