"""Layers and terms of the loss that claim to work where a step has blocks of the graph, and don't."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from mutant_kit import Mutant
from torch import nn

from recbox.kernel import Graph, View
from recbox.objective.bpr import BPR
from recbox.objective.l2 import L2
from recbox.plugin import Layer, Objective, Step


def layer(forward: Callable[[Graph, torch.Tensor], torch.Tensor]) -> type[Layer]:
    """A linear layer without parameters that computes this."""

    class Module(nn.Module):
        def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
            return forward(graph, x)

    class Broken(Layer):
        @property
        def linear(self) -> bool:
            return True

        @property
        def sampled(self) -> bool:
            return True

        def width(self, width: int, dim: int) -> int:
            return width

        def build(self, spec: Any) -> nn.Module:
            return Module()

    return Broken


def all_rows(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    return torch.cat([graph.propagate(x), 0 * x[graph.nodes :]]) + x


def own_degrees(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    """Normalised by the edges of the block."""
    sent = torch.zeros(len(x)).index_add(0, graph.indices, torch.ones(graph.edges)).clamp_min(1)
    return graph.spmm(x / sent.sqrt()[:, None], graph.weight) / graph.degree.clamp_min(1).sqrt()[:, None]


def unweighted(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    return graph.spmm(x)


def term(forward: Callable[[Step], torch.Tensor], like: Objective) -> type[Objective]:
    """A term that declares what another does, and computes this."""

    class Module(nn.Module):
        def forward(self, step: Step) -> torch.Tensor:
            return forward(step)

    class Broken(Objective):
        @property
        def negatives(self) -> Any:
            return like.negatives

        @property
        def supervised(self) -> bool:
            return like.supervised

        @property
        def sampled(self) -> bool:
            return True

        def build(self, spec: Any) -> nn.Module:
            return Module()

    return Broken


def by_number(step: Step) -> torch.Tensor:
    return step.embed().hops[0][step.batch.user].square().mean()


def all_nodes(step: Step) -> torch.Tensor:
    return step.embed().hops[0].square().mean()


def all_items(step: Step) -> torch.Tensor:
    return -step.block(step.batch.user).log_softmax(1)[:, 0].mean()


def a_view(step: Step) -> torch.Tensor:
    return step.embed(View()).final.square().mean()


BLOCK, MEAN, TERM = (
    "a-block-of-all-edges-gives-the-graphs-rows",
    "fewer-edges-are-right-on-average",
    "sampled-is-true",
)

MUTANTS = (
    Mutant(BLOCK, "lightgcn", "rows of the sources too", layer(all_rows)),
    Mutant(BLOCK, "lightgcn", "degrees of the block", layer(own_degrees)),
    Mutant(MEAN, "lightgcn", "leaves out for how many an edge stands", layer(unweighted)),
    Mutant(TERM, "l2", "rows by the number of the node", term(by_number, L2())),
    Mutant(TERM, "l2", "the mean over all nodes", term(all_nodes, L2())),
    Mutant(TERM, "bpr", "all items", term(all_items, BPR())),
    Mutant(TERM, "l2", "a view of its own", term(a_view, L2())),
)
