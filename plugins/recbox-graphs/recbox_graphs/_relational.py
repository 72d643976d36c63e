"""The module behind `relational`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from recbox.plugin import Graph, Spec, init
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
        generator = spec.generator
        sizes = self.relations.count, spec.width, spec.dim
        self.received = _RECEIVED[options.transform](*sizes, options.bases, generator)
        self.own: nn.Module | None = None
        if options.residual:
            moved = options.transform in ("full", "basis")
            self.own = init.linear(spec.width, spec.dim, generator, bias=False) if moved else nn.Identity()
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

    def __init__(self, count: int, width: int, dim: int, bases: int, generator: torch.Generator) -> None:
        super().__init__()

    def forward(
        self, graph: Graph, x: torch.Tensor, relations: Relations, share: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        parts = [around.spmm(x, share[type].to(x)) for type, around, _ in relations.of(graph)]
        return torch.stack(parts).sum(0)


class Weighted(nn.Module):
    """`Σ w_r a_ijr h_j`. weight: float `[r]`."""

    def __init__(self, count: int, width: int, dim: int, bases: int, generator: torch.Generator) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(count))

    def forward(
        self, graph: Graph, x: torch.Tensor, relations: Relations, share: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        parts = [
            around.spmm(x, self.weight.to(x)[number] * share[type].to(x))
            for type, around, number in relations.of(graph)
        ]
        return torch.stack(parts).sum(0)


class Basis(nn.Module):
    """`Σ_b (Σ c_rb a_ijr h_j) V_b`: vectors are added up before they are transformed, as many times as there
    are bases. coefficient: float `[r, b]`; base: `[b, d, k]`."""

    def __init__(self, count: int, width: int, dim: int, bases: int, generator: torch.Generator) -> None:
        super().__init__()
        self.coefficient = init.normal(count, bases, bases**-0.5, generator)
        self.base = matrices(bases, width, dim, generator)

    def forward(
        self, graph: Graph, x: torch.Tensor, relations: Relations, share: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        heads = x[:, None].expand(-1, len(self.base), -1)
        parts = [
            around.spmm(heads, self.coefficient.to(x)[number] * share[type].to(x)[:, None])
            for type, around, number in relations.of(graph)
        ]
        return torch.stack(parts).sum(0).flatten(1) @ self.base.to(x).flatten(0, 1)


class Full(nn.Module):
    """`Σ a_ijr W_r h_j`. matrix: float `[r, d, k]`."""

    def __init__(self, count: int, width: int, dim: int, bases: int, generator: torch.Generator) -> None:
        super().__init__()
        self.matrix = matrices(count, width, dim, generator)

    def forward(
        self, graph: Graph, x: torch.Tensor, relations: Relations, share: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        place: Slots = kept(graph, ("sources", relations.key), lambda: slots(graph, relations, ("index",)))
        z = place.transformed(x, self.matrix.to(x))
        parts = []
        for type, around, _ in relations.of(graph):
            message = z.index_select(0, place.index[type]) * share[type].to(z)[:, None]
            parts.append(torch.segment_reduce(message, "sum", offsets=around.indptr, axis=0))
        return torch.stack(parts).sum(0)


def matrices(count: int, width: int, dim: int, generator: torch.Generator) -> nn.Parameter:
    """float `[count, width, dim]`, Glorot's uniform values in each."""
    each = [init.linear(width, dim, generator, bias=False).weight.detach().T for _ in range(count)]
    return nn.Parameter(torch.stack(each) if each else torch.zeros(0, width, dim))


_RECEIVED = {"full": Full, "basis": Basis, "weight": Weighted, "none": Plain}
