"""Layers that say that they look at some edge types alone, and look at others too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from mutant_kit import Mutant
from torch import nn

from recbox.kernel import Graph
from recbox.plugin import Layer

Forward = Callable[[Graph, torch.Tensor], torch.Tensor]
FEW = frozenset({"interaction", "behaviour"})


def limited(forward: Forward, needed: frozenset[str] = FEW) -> type[Layer]:
    """A layer without parameters that computes this, and claims to look at `FEW` alone."""

    class Module(nn.Module):
        def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
            return forward(graph, x)

    class Broken(Layer):
        @property
        def edges(self) -> frozenset[str]:
            return needed

        @property
        def only_edges(self) -> frozenset[str]:
            return FEW

        def width(self, width: int, dim: int) -> int:
            return width

        def build(self, spec: Any) -> nn.Module:
            return Module()

    return Broken


def union(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    return graph.propagate(x, "sym")


def every(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    return torch.stack([graph[type].propagate(x, "sym") for type in graph.types]).sum(0)


def degrees(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    """Its own types, over a degree that counts all."""
    total = sum(graph[type].propagate(x, "none") for type in FEW)
    return total / graph.degree.to(x).clamp_min(1)[:, None]


def own(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    return sum((graph[type].propagate(x, "sym") for type in sorted(FEW)), torch.zeros_like(x))


LAW = "other-edges-change-nothing"

MUTANTS = (
    Mutant(LAW, "lightgcn", "the union of all types", limited(union)),
    Mutant(LAW, "lightgcn", "each type that there is", limited(every)),
    Mutant(LAW, "lightgcn", "degrees of the union", limited(degrees)),
    Mutant(LAW, "lightgcn", "needs a type beside them", limited(own, frozenset({"knowledge"}))),
)
