"""The toy graph of the laws of layers: 12 nodes, one of them without edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from recbox.context import Context
from recbox.graph import CSR, Layout, symmetric, triple_csr
from recbox.kernel import Graph

USERS, ITEMS = 5, 7
NODES = USERS + ITEMS
LONELY = NODES - 1
"""A node without edges."""
WIDTH = 8
PAIRS = {
    "interaction": ([0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4], [5, 6, 7, 5, 8, 6, 9, 10, 5, 7, 10]),
    "behaviour": ([0, 0, 1, 1, 2, 3, 4, 4], [5, 9, 6, 8, 7, 10, 5, 8]),
    "user-relation": ([0, 1, 2], [1, 2, 4]),
    "item-relation": ([5, 6, 7, 8], [6, 8, 9, 10]),
    "knowledge": ([5, 6, 5, 7, 8, 5], [6, 8, 9, 9, 10, 9]),
}
RELATION, RELATIONS = [0, 0, 0, 1, 1, 1], 2
"""Of each triple of `knowledge`; the two nodes of the third are those of the last."""


def small_graph(
    types: frozenset[str] = frozenset(),
    *,
    weighted: bool = False,
    kernel: str = "torch",
    order: np.ndarray | None = None,
    carried: Sequence[float] = (),
) -> Graph:
    """The toy graph with the edge types that are asked for. order: node i takes the place of `order[i]`.
    carried: what the edges of each type carry, in turn: a number each, the two directions apart."""
    place = np.arange(NODES) if order is None else np.argsort(order)
    layout = Layout((("user", USERS), ("item", ITEMS)))
    edges = {t: _edge(t, place, weighted) for t in sorted(types | {"interaction"})}
    if carried:
        edges = {t: _carrying(csr, carried) for t, csr in edges.items()}
    return Graph.build(layout, edges, kernel=kernel)


def _edge(type: str, place: np.ndarray, weighted: bool) -> CSR:
    a, b = (place[np.array(ends)] for ends in PAIRS[type])
    if type == "knowledge":
        return triple_csr(a, np.array(RELATION), b, NODES, RELATIONS)
    return symmetric(a, b, NODES, 0.25 + np.arange(len(a)) % 4 if weighted else None)


def _carrying(csr: CSR, values: Sequence[float]) -> CSR:
    feature = np.resize(np.asarray(values, np.float32), (csr.edges, 1))
    return replace(csr, edge={**csr.edge, "feature": feature})


def vectors(width: int = WIDTH, *, double: bool = False, key: int = 0) -> torch.Tensor:
    """float `[12, width]`, normal."""
    x = torch.randn(NODES, width, generator=Context().generator("contract.layer", key))
    return x.double() if double else x
