"""Copies of gat whose module tells wrongly what its edges weigh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from mutant_kit import Mutant
from torch import nn

from recbox.kernel import Graph
from recbox.layer.gat import GAT
from recbox.plugin import Layer

Tell = Callable[[Graph, torch.Tensor, torch.Tensor], Any]
"""What attention gives, of the graph, the vectors and the right weights."""


def telling(tell: Tell) -> type[Layer]:
    """gat, which tells this of its edges."""

    class Telling(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
            return self.inner(graph, x)

        def attention(self, graph: Graph, x: torch.Tensor) -> Any:
            return tell(graph, x, self.inner.attention(graph, x))

    class Broken(Layer):
        def build(self, spec: Any) -> nn.Module:
            return Telling(GAT(heads=2).build(spec))

    return Broken


def scores(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Without a softmax."""
    return right.log()


def unnormalised(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return right * graph.count[graph.rows][:, None]


def over_all(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """One sum for the whole graph."""
    return right / right.sum(0)


def half(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """As if each interaction had one direction alone."""
    return right[: len(right) // 2]


def divided(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return right.index_fill(0, torch.zeros(1, dtype=torch.int64), float("nan"))


def with_signs(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Adds up to 1, and one edge of a node takes what others have too much."""
    out = right.clone()
    first, second = graph.indptr[0], graph.indptr[0] + 1
    out[first] += 2
    out[second] -= 2
    return out


def with_dropout(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return nn.functional.dropout(right, 0.5, training=True)


def of_sources(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Each edge has what its opposite has: rows of sources add up to 1."""
    assert graph.reverse is not None
    return right[graph.reverse]


def sorted_by_weight(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Of each node, the heaviest first, whatever edge it is of."""
    out = right.clone()
    for start, stop in zip(graph.indptr[:-1].tolist(), graph.indptr[1:].tolist()):
        out[start:stop] = right[start:stop].sort(0, descending=True).values
    return out


def by_place(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return graph.edge_softmax(torch.linspace(0, 1, graph.edges)[:, None])


def drawn(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return graph.edge_softmax(torch.randn(graph.edges, 2))


def by_kernel(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Another temperature on one kernel."""
    return graph.edge_softmax(right.log() * (1.01 if graph.kernel == "dgl" else 1.0))


def head_of_kernel(graph: Graph, x: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return right.flip(1) if graph.kernel == "dgl" else right


SUMS, BELONGS, KERNELS = (
    "attention-sums-to-one-over-a-nodes-edges",
    "attention-belongs-to-its-edges",
    "attention-agrees-on-both-kernels",
)

MUTANTS = (
    Mutant(SUMS, "gat", "logarithms of the weights", telling(scores)),
    Mutant(SUMS, "gat", "times the number of edges", telling(unnormalised)),
    Mutant(SUMS, "gat", "a sum over the whole graph", telling(over_all)),
    Mutant(SUMS, "gat", "one direction alone", telling(half)),
    Mutant(SUMS, "gat", "no number for one edge", telling(divided)),
    Mutant(SUMS, "gat", "weights below 0", telling(with_signs)),
    Mutant(SUMS, "gat", "with dropout", telling(with_dropout)),
    Mutant(SUMS, "gat", "the weights of the opposite edges", telling(of_sources)),
    Mutant(SUMS, "gat", "a mean over heads", telling(lambda graph, x, right: right.mean(1))),
    Mutant(SUMS, "gat", "no tensor", telling(lambda graph, x, right: right.tolist())),
    Mutant(BELONGS, "gat", "the heaviest first", telling(sorted_by_weight)),
    Mutant(BELONGS, "gat", "by the place of an edge", telling(by_place)),
    Mutant(BELONGS, "gat", "drawn anew", telling(drawn)),
    Mutant(KERNELS, "gat", "another temperature on one kernel", telling(by_kernel)),
    Mutant(KERNELS, "gat", "heads in another order on one kernel", telling(head_of_kernel)),
)
