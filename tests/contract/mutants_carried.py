"""Layers that say that they read what edges carry, and don't, or not of the right edge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from mutant_kit import Mutant
from torch import nn

from recbox.kernel import Graph
from recbox.layer.gat import GAT
from recbox.plugin import Layer

Score = Callable[[Graph], torch.Tensor]
"""A score for each edge, of what it carries."""


def reading(score: Score) -> type[Layer]:
    """gat's sum, by attention of one head that this score alone decides."""

    class Reading(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.slope = nn.Parameter(torch.ones(1))

        def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
            return x + graph.spmm(x, graph.edge_softmax(self.slope * score(graph).to(x)))

    class Broken(Layer):
        @property
        def reads_edges(self) -> bool:
            return True

        def width(self, width: int, dim: int) -> int:
            return width

        def build(self, spec: Any) -> nn.Module:
            return Reading()

    return Broken


class Deaf(Layer):
    """gat that was told of no edges."""

    @property
    def reads_edges(self) -> bool:
        return True

    def build(self, spec: Any) -> nn.Module:
        return GAT(heads=1).build(spec)


def carried(graph: Graph) -> torch.Tensor:
    return graph.edge["feature"][:, 0] if graph.edge else torch.zeros(graph.edges)


def mean(graph: Graph) -> torch.Tensor:
    """One number for all edges: their softmax is that of nothing."""
    return carried(graph).mean().expand(graph.edges)


def of_target(graph: Graph) -> torch.Tensor:
    """The sum over a node's edges, which is the same for each of them."""
    return torch.zeros(graph.nodes).index_add(0, graph.rows, carried(graph))[graph.rows]


def backwards(graph: Graph) -> torch.Tensor:
    """Of the opposite edge."""
    assert graph.reverse is not None
    return carried(graph)[graph.reverse]


def shifted(graph: Graph) -> torch.Tensor:
    return carried(graph).roll(1)


def by_kernel(graph: Graph) -> torch.Tensor:
    return carried(graph) * (1.01 if graph.kernel == "dgl" else 1.0)


LAW = "what-edges-carry-moves-their-ends"

MUTANTS = (
    Mutant(LAW, "gat", "nothing is read", Deaf),
    Mutant(LAW, "gat", "the mean over all edges", reading(mean)),
    Mutant(LAW, "gat", "the sum over a node's edges", reading(of_target)),
    Mutant(LAW, "gat", "that of the opposite edge", reading(backwards)),
    Mutant(LAW, "gat", "that of the edge before", reading(shifted)),
    Mutant(LAW, "gat", "a hundredth more on one kernel", reading(by_kernel)),
)
