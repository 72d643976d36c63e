"""A graph of six nodes with free vectors, a step over it, and plain torch to hold terms against.

Users 0, 1, 2 are nodes 0, 1, 2; items 0, 1, 2 are nodes 3, 4, 5. User 0 has taken items 0 and 1, user 1 has
taken item 1, user 2 has taken item 2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from recbox.graph import Layout, symmetric
from recbox.head.dot import Dot
from recbox.layer.lightgcn import LightGCN
from recbox.plugin import Batch, Context, Dataset, Embedding, Graph, Objective, Spec, Step, View
from recbox.recommender import Recommender
from recbox.recommender.combine import combining

USERS, ITEMS, NODES = 3, 3, 6
USER, ITEM = [0, 0, 1, 2], [0, 1, 1, 2]
KNOWN = torch.tensor([[1, 1, 0], [0, 1, 0], [0, 0, 1]], dtype=torch.bool)


class Rows(nn.Module):
    """Free vectors of one node type."""

    def __init__(self, value: torch.Tensor) -> None:
        super().__init__()
        self.weight, self.count = nn.Parameter(value.clone()), len(value)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.weight[nodes]


def graph(kernel: str = "torch") -> Graph:
    edges = symmetric(np.array(USER), np.array(ITEM) + USERS, NODES)
    layout = Layout((("user", USERS), ("item", ITEMS)))
    return Graph.build(layout, {"interaction": edges}, kernel=kernel)


def batch() -> Batch:
    """All four interactions, so that user 0 and item 1 stand there twice."""
    return Batch(torch.tensor(USER), torch.tensor(ITEM), torch.ones(4))


def spec(around: Graph, dim: int = 4, train: Dataset | None = None) -> Spec:
    return Spec("", NODES, dim, dim, train, around, Context(), "objective.0.0")


class World:
    """A real recommender over the six nodes. vectors: float `[6, d]`. key: which stream a step draws from.
    double: terms are made in float64, as references need them. made: the last term that was."""

    def __init__(
        self,
        vectors: torch.Tensor,
        kernel: str = "torch",
        layers: int = 2,
        combine: str = "mean",
        train: Dataset | None = None,
        double: bool = False,
    ) -> None:
        self.graph = graph(kernel)
        place = spec(self.graph, vectors.shape[1], train)
        rows = {"user": Rows(vectors[:USERS]), "item": Rows(vectors[USERS:])}
        hops = nn.ModuleList(LightGCN().build(place) for _ in range(layers))
        whole = combining(combine, layers + 1, place)
        self.recommender = Recommender(nn.ModuleDict(rows), hops, whole, Dot().build(place), False)
        self.place, self.double = place, double
        self.made: nn.Module | None = None

    def step(self, key: int = 0, main: View | None = None, cold: torch.Tensor | None = None) -> Step:
        head = self.recommender.head
        return Step(
            batch=batch(),
            graph=self.graph,
            offset=USERS,
            popularity=torch.tensor([0.25, 0.5, 0.25]),
            proposal=torch.full((ITEMS,), 1 / ITEMS),
            generator=Context().generator("test", key),
            propagate=lambda view: self.recommender(self.graph, main if view is None else view),
            score_vectors=head,
            block_vectors=head.block,
            find_known=lambda users, items: KNOWN[users] if items is None else KNOWN[users][:, items],
            cold=cold,
        )

    def term(self, options: Objective) -> Any:
        self.made = options.build(self.place)
        return self.made.double() if self.double else self.made

    def gradient(self, loss: torch.Tensor) -> torch.Tensor:
        """float `[6, d]`."""
        rows = [encoder.weight for encoder in self.recommender.encoder.values()]
        return torch.cat(torch.autograd.grad(loss, rows))


def drawn(dim: int = 4, key: int = 0) -> torch.Tensor:
    return torch.randn(NODES, dim, generator=torch.Generator().manual_seed(key))


def adjacency(keep: torch.Tensor | None = None) -> torch.Tensor:
    """float64 `[6, 6]`: D^-1/2 A D^-1/2, node by node. keep: bool `[6, 6]`, the edges that are there."""
    a = torch.zeros(NODES, NODES, dtype=torch.float64)
    for u, i in zip(USER, ITEM):
        if keep is None or keep[u, USERS + i]:
            a[u, USERS + i] = a[USERS + i, u] = 1.0
    out = torch.zeros_like(a)
    for j in range(NODES):
        for k in range(NODES):
            if a[j, k]:
                out[j, k] = 1 / (a[j].sum() * a[k].sum()).sqrt()
    return out


def kept(view: View, around: Graph) -> torch.Tensor:
    """bool `[6, 6]`: which edges a view leaves, edge by edge."""
    out = torch.zeros(NODES, NODES, dtype=torch.bool)
    for e in range(around.edges):
        row, column = int(around.rows[e]), int(around.indices[e])
        there = view.keep is None or bool(view.keep[e])
        gone = view.drop is not None and bool(view.drop[row] | view.drop[column])
        out[row, column] = there and not gone
    return out


def hops(
    x: torch.Tensor, adjacencies: list[torch.Tensor], noise: list[torch.Tensor] | None = None
) -> Embedding:
    """LightGCN in float64: a matrix and, where there is noise, what is added for each hop."""
    found = [x]
    for h, a in enumerate(adjacencies):
        found.append(a @ found[-1] + (0 if noise is None else noise[h]))
    return Embedding(sum(found) / len(found), tuple(found))


def plain_nce(
    anchor: torch.Tensor, other: torch.Tensor, temperature: float, rows: list[int], among: list[int]
) -> torch.Tensor:
    """One node after another, and one cosine after another."""
    total = torch.zeros((), dtype=torch.float64)
    for j in rows:
        cosine = {
            k: (anchor[j] * other[k]).sum() / (anchor[j].norm() * other[k].norm()).clamp_min(1e-12)
            for k in among
        }
        total = total - torch.log(
            torch.exp(cosine[j] / temperature) / sum(torch.exp(c / temperature) for c in cosine.values())
        )
    return total / len(rows)


def both_sides(anchor: torch.Tensor, other: torch.Tensor, temperature: float) -> torch.Tensor:
    """Users among users, items among items; all six nodes are in the batch."""
    return plain_nce(anchor, other, temperature, [0, 1, 2], [0, 1, 2]) + plain_nce(
        anchor, other, temperature, [3, 4, 5], [3, 4, 5]
    )


def hold_equal(
    options: Objective,
    kernel: str,
    reference: Callable[[torch.Tensor, World], torch.Tensor],
    main: Callable[[World, Any], View] | None = None,
    train: Dataset | None = None,
) -> None:
    """The term's value and gradient are those of the reference to 1e-5, that of what it has learned itself
    too. reference: handed vectors `[6, 4]` in float64, and a world whose terms are float64, too. main: what
    the main view is, of the term."""
    given = drawn()
    world, other = (World(given, kernel, train=train, double=double) for double in (False, True))
    term = world.term(options)
    loss = term(world.step(main=None if main is None else main(world, term)))
    slow = given.double().requires_grad_()
    expected = reference(slow, other)
    (gradient,) = torch.autograd.grad(expected, slow, retain_graph=True)
    torch.testing.assert_close(loss.double(), expected, atol=1e-5, rtol=1e-5)
    hold_own(term, loss, other.made, expected)
    torch.testing.assert_close(world.gradient(loss).double(), gradient, atol=1e-5, rtol=1e-5)
    assert gradient.abs().max() > 1e-3, "a gradient of zeros would prove nothing"


def hold_own(term: nn.Module, loss: torch.Tensor, slow: nn.Module | None, expected: torch.Tensor) -> None:
    """Each parameter of a term has the gradient that the reference gives it."""
    if not (own := list(term.parameters())):
        return
    assert slow is not None, "the reference knows nothing of what the term learns"
    found = torch.autograd.grad(loss, own, retain_graph=True)
    for one, other in zip(found, torch.autograd.grad(expected, list(slow.parameters())), strict=True):
        torch.testing.assert_close(one.double(), other, atol=1e-5, rtol=1e-5)
        assert other.abs().max() > 1e-4, "a gradient of zeros would prove nothing"
