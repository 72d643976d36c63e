"""The module behind `relational`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from recbox.plugin import Graph, Spec, init
from recbox_graphs._matrix import matrices, widened
from recbox_graphs._relations import Relations, Slots, kept, shares, slots

if TYPE_CHECKING:
    from recbox_graphs.relational import Relational

ACTIVATION = {"none": nn.Identity, "relu": nn.ReLU, "elu": nn.ELU, "tanh": nn.Tanh}


class Convolution(nn.Module):
    """`σ(W_0 h_i + Σ_r Σ_j a_ijr W_r h_j)`."""

    def __init__(self, options: Relational, spec: Spec) -> None:
        super().__init__()
        self.norm = options.norm
        self.relations = Relations(spec.graph)
        self.received = received(options, self.relations.count, spec)
        self.own: nn.Module | None = None
        if options.residual:
            moved = options.transform in ("full", "basis")
            way = init.linear(spec.width, spec.dim, spec.generator, bias=False) if moved else nn.Identity()
            self.own = way
        self.activation = ACTIVATION[options.activation]()

    def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        share = kept(
            graph, ("share", self.norm, self.relations.key), lambda: shares(graph, self.relations, self.norm)
        )
        out = self.received(graph, x, self.relations, share)
        if self.own is not None:
            out = out + self.own(x)[: len(out)]
        return self.activation(out)


class Plain(nn.Module):
    """`Σ a_ijr h_j`."""

    def forward(
        self, graph: Graph, x: torch.Tensor, relations: Relations, share: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        parts = [around.spmm(x, share[type].to(x)) for type, around, _ in relations.of(graph)]
        return torch.stack(parts).sum(0)


class Weighted(nn.Module):
    """`Σ w_r a_ijr h_j`. weight: float `[r]`."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(count))

    def forward(
        self, graph: Graph, x: torch.Tensor, relations: Relations, share: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        parts = [
            around.spmm(x, (self.weight[number] * share[type]).to(x))
            for type, around, number in relations.of(graph)
        ]
        return torch.stack(parts).sum(0)


class Composed(nn.Module):
    """`W_r = Σ_b c_rb V_b`. coefficient: float `[r, b]`; base: `[b, d, k]`."""

    def __init__(self, count: int, bases: int, width: int, dim: int, generator: torch.Generator) -> None:
        super().__init__()
        self.coefficient = init.normal(count, bases, bases**-0.5, generator)
        self.base = matrices(bases, width, dim, generator)

    def forward(self) -> torch.Tensor:
        """float `[r, d, k]`."""
        return (self.coefficient @ self.base.flatten(1)).view(-1, *self.base.shape[1:])


class Free(nn.Module):
    """matrix: float `[r, d, k]`, W_r."""

    def __init__(self, count: int, width: int, dim: int, generator: torch.Generator) -> None:
        super().__init__()
        self.matrix = matrices(count, width, dim, generator)

    def forward(self) -> torch.Tensor:
        """float `[r, d, k]`."""
        return self.matrix


class Transformed(nn.Module):
    """`Σ a_ijr W_r h_j`. of: gives the W_r, `[r, d, k]`."""

    def __init__(self, of: nn.Module) -> None:
        super().__init__()
        self.of = of

    def forward(
        self, graph: Graph, x: torch.Tensor, relations: Relations, share: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        place: Slots = kept(graph, ("sources", relations.key), lambda: slots(graph, relations, ("index",)))
        # A sum over many neighbours, and the gradient of one that many receive from, are no sums of bf16.
        z = widened(place.transformed(x, self.of().to(x)))
        parts = []
        for type, around, _ in relations.of(graph):
            message = z.index_select(0, place.index[type]) * share[type].to(z)[:, None]
            parts.append(torch.segment_reduce(message, "sum", offsets=around.indptr, axis=0))
        return torch.stack(parts).sum(0).to(x)


def received(options: Relational, count: int, spec: Spec) -> nn.Module:
    """What a node receives by `transform`. count: relations."""
    if options.transform == "none":
        return Plain()
    if options.transform == "weight":
        return Weighted(count)
    if options.transform == "basis":
        return Transformed(Composed(count, options.bases, spec.width, spec.dim, spec.generator))
    return Transformed(Free(count, spec.width, spec.dim, spec.generator))
