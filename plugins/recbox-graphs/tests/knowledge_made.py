"""A graph of six nodes with knowledge, and slow references in float64 for layers over it.

Users 0 and 1 are nodes 0 and 1, items 0 and 1 nodes 2 and 3, entities 0 and 1 nodes 4 and 5. User 0 has taken
both items, user 1 the second. Triples: item 0 -0-> entity 0, item 1 -0-> entity 0, item 1 -1-> entity 1, item
0 -1-> entity 0 (a second relation of the same two), entity 1 -1-> entity 0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from recbox.graph import Layout, symmetric, triple_csr
from recbox.plugin import Context, Graph, Spec

NODES, USERS, ITEMS = 6, 2, 2
TAKEN = [(0, 2), (0, 3), (1, 3)]
TRIPLES = [(2, 0, 4), (3, 0, 4), (3, 1, 5), (2, 1, 4), (5, 1, 4)]
LAYOUT = Layout((("user", USERS), ("item", ITEMS), ("entity", 2)))
WEIGHTS = (2.0, 0.5, 1.0)
"""Of the interactions, where they are weighted."""


def graph(kernel: str = "torch", *, weighted: bool = False) -> Graph:
    user, item = np.array(TAKEN).T
    head, relation, tail = np.array(TRIPLES).T
    edges = {
        "interaction": symmetric(user, item, NODES, np.array(WEIGHTS) if weighted else None),
        "knowledge": triple_csr(head, relation, tail, NODES, 2),
    }
    return Graph.build(LAYOUT, edges, kernel=kernel)


def edges(*, weighted: bool = False) -> Iterator[tuple[int, int, int, float]]:
    """Each directed edge as (head, relation, tail, weight): the head receives. Relation 0 is that of
    interactions, 1 and 2 those of the triples, 3 and 4 their inverses."""
    for (user, item), weight in zip(TAKEN, WEIGHTS if weighted else (1.0, 1.0, 1.0)):
        yield user, 0, item, weight
        yield item, 0, user, weight
    for head, relation, tail in TRIPLES:
        yield head, 1 + relation, tail, 1.0
        yield tail, 3 + relation, head, 1.0


def spec(around: Graph, width: int = 3, dim: int = 3, slot: str = "layer.0.0") -> Spec:
    return Spec("", NODES, width, dim, None, around, Context(), slot)


def vectors(width: int = 3) -> torch.Tensor:
    """float64 `[6, width]`, the same at every call."""
    return torch.randn(NODES, width, generator=Context().generator("made"), dtype=torch.float64)


def assert_equal(out: torch.Tensor, slow: torch.Tensor, wanted: list[torch.Tensor]) -> None:
    """Values, and gradients of everything `wanted`, to 1e-5."""
    torch.testing.assert_close(out, slow, atol=1e-5, rtol=1e-5)
    lot = torch.linspace(-1, 1, out.numel()).view_as(out).double()
    for one, other in zip(*(torch.autograd.grad((y * lot).sum(), wanted) for y in (out, slow)), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)
