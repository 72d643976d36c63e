"""Layers that are copies of built-ins with one thing broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from mutant_kit import Mutant
from torch import nn

from recbox.kernel import Graph
from recbox.plugin import Layer
from recbox.plugin.init import linear

Forward = Callable[[Graph, torch.Tensor], torch.Tensor]


def layer(
    forward: Forward,
    *,
    linear: bool = False,
    width: Callable[[int, int], int] = lambda width, dim: width,
    propagates: Any = None,
) -> type[Layer]:
    """A layer without parameters that computes this, and says this of itself."""

    class Module(nn.Module):
        def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
            return forward(graph, x)

    return built(lambda spec: Module(), linear=linear, width=width, propagates=propagates)


def built(
    make: Callable[[Any], nn.Module],
    *,
    linear: bool = False,
    width: Callable[[int, int], int] = lambda width, dim: dim,
    propagates: Any = None,
) -> type[Layer]:
    """A layer whose module is made by this."""
    said = linear, width, propagates

    class Broken(Layer):
        @property
        def linear(self) -> bool:
            return said[0]

        @property
        def propagates(self) -> Any:
            return said[2]

        def width(self, width: int, dim: int) -> int:
            return said[1](width, dim)

        def build(self, spec: Any) -> nn.Module:
            return make(spec)

    return Broken


def hop(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    return graph.propagate(x, "sym")


def with_itself(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    return hop(graph, x) + x


def without_weights(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    scale = graph.degree.clamp_min(1e-9).rsqrt()[:, None] * (graph.degree > 0)[:, None]
    return scale * graph.spmm(scale * x)


def unguarded_mean(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    return graph.propagate(x, "none") / graph.degree.to(x)[:, None]


def unguarded_length(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    out = hop(graph, x)
    return out / out.norm(dim=1, keepdim=True)


def by_number(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    place = torch.linspace(0.5, 1.5, len(x), dtype=x.dtype)
    return hop(graph, x) * place[:, None]


def first_neighbour(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    """The neighbour with the lowest number alone."""
    out = x.clone()
    some = graph.count > 0
    out[some] = x[graph.indices[graph.indptr[:-1][some]]]
    return out


def by_edge_order(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    """Weights by the place of an edge in the arrays."""
    return graph.spmm(x, torch.linspace(0.5, 1.5, graph.edges, dtype=x.dtype))


def centred(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    """Normalised over all nodes: what has no edges moves everybody."""
    out = hop(graph, x) + x
    return out - out.mean(0)


def own_vectors(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    return 2 * x


def detached(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    return x + hop(graph, x.detach())


class Twice(torch.autograd.Function):
    """The identity, with twice the gradient."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
        return 2 * grad


def by_kernel(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    """Written for one kernel and, slightly otherwise, for the other."""
    return hop(graph, x) + (x if graph.kernel == "dgl" else 1.001 * x)


def detached_on_dgl(graph: Graph, x: torch.Tensor) -> torch.Tensor:
    return x + hop(graph, x.detach() if graph.kernel == "dgl" else x)


class Convolved(nn.Module):
    """gcn's module, with one of its transforms made by this."""

    def __init__(self, spec: Any, make: Callable[[Any], nn.Module]) -> None:
        super().__init__()
        self.weight = linear(spec.width, spec.dim, spec.generator, bias=False)
        self.own = nn.Identity() if spec.width == spec.dim else make(spec)

    def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        return self.own(x) + hop(graph, self.weight(x))


class Shifted(nn.Module):
    """gcn's module with a bias: it starts at 0 and leaves the layer linear until the first step."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        self.weight = linear(spec.width, spec.dim, spec.generator)

    def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        return hop(graph, self.weight(x))


class Gated(nn.Module):
    """lightgcn's module with a factor that starts at 1."""

    def __init__(self, spec: Any) -> None:
        super().__init__()
        self.gate = nn.Parameter(torch.ones(()))

    def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        return self.gate * hop(graph, x)


class Dropping(nn.Module):
    """lightgcn's module, with dropout in training."""

    def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.dropout(hop(graph, x), 0.5, self.training)


def by_norm(make: Callable[[Any], nn.Module]) -> type[Layer]:
    return built(make, linear=True, width=lambda width, dim: width, propagates="sym")


ALONE = "propagates-is-true"


def drawn_by_torch(spec: Any) -> nn.Module:
    return nn.Linear(spec.width, spec.dim, bias=False)


def seeded_by_itself(spec: Any) -> nn.Module:
    torch.manual_seed(spec.context.seed)
    return drawn_by_torch(spec)


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "shape-is-what-width-says",
        "lightgcn",
        "claims dim columns",
        layer(hop, width=lambda width, dim: dim),
    ),
    Mutant("shape-is-what-width-says", "lightgcn", "users alone", layer(lambda g, x: hop(g, x)[:5])),
    Mutant(
        "shape-is-what-width-says", "gcn", "refuses every width", layer(hop, width=lambda w, d: int("no"))
    ),
    Mutant(
        "every-width-draws-from-its-own-stream",
        "gcn",
        "drawn from torch's stream where widths differ",
        built(lambda spec: Convolved(spec, drawn_by_torch)),
    ),
    Mutant(
        "every-width-draws-from-its-own-stream",
        "gcn",
        "torch seeded where widths differ",
        built(lambda spec: Convolved(spec, seeded_by_itself)),
    ),
    Mutant("permuted-nodes-give-permuted-output", "lightgcn", "weights by a node's number", layer(by_number)),
    Mutant(
        "permuted-nodes-give-permuted-output", "gcn", "the lowest neighbour alone", layer(first_neighbour)
    ),
    Mutant("permuted-nodes-give-permuted-output", "gat", "weights by an edge's place", layer(by_edge_order)),
    Mutant("messages-follow-edges", "gcn", "centred over all nodes", layer(centred)),
    Mutant("messages-follow-edges", "gcn", "no messages at all", layer(own_vectors)),
    Mutant("gradients-are-right", "gcn", "messages detached", layer(detached)),
    Mutant(
        "gradients-are-right", "lightgcn", "twice the gradient", layer(lambda g, x: Twice.apply(hop(g, x)))
    ),
    Mutant("gradients-are-right", "lightgcn", "no gradient", layer(lambda g, x: hop(g, x).detach())),
    Mutant("a-node-without-edges-stays-finite", "lightgcn", "divided by the degree", layer(unguarded_mean)),
    Mutant("a-node-without-edges-stays-finite", "lightgcn", "divided by its length", layer(unguarded_length)),
    Mutant("both-kernels-agree", "gcn", "a thousandth more on one kernel", layer(by_kernel)),
    Mutant("both-kernels-agree", "gcn", "messages detached on one kernel", layer(detached_on_dgl)),
    Mutant("linear-is-linear", "gcn", "an activation", layer(lambda g, x: hop(g, x).relu(), linear=True)),
    Mutant("linear-is-linear", "gcn", "a bias", layer(lambda g, x: hop(g, x) + 0.1, linear=True)),
    Mutant("linear-is-linear", "gcn", "a bias that starts at 0", built(Shifted, linear=True)),
    Mutant(ALONE, "lightgcn", "another norm", layer(hop, linear=True, propagates="row")),
    Mutant(ALONE, "lightgcn", "half of it", layer(lambda g, x: hop(g, x) / 2, linear=True, propagates="sym")),
    Mutant(
        ALONE, "lightgcn", "itself among its neighbours", layer(with_itself, linear=True, propagates="sym")
    ),
    Mutant(ALONE, "lightgcn", "no weights", layer(without_weights, linear=True, propagates="sym")),
    Mutant(ALONE, "lightgcn", "says that it isn't linear", layer(hop, propagates="sym")),
    Mutant(ALONE, "lightgcn", "parameters that do nothing yet", by_norm(Gated)),
    Mutant(ALONE, "lightgcn", "dropout in training", by_norm(lambda spec: Dropping())),
)
