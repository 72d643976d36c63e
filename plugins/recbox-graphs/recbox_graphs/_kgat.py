"""The module behind `kgat`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import leaky_relu, normalize

from recbox.plugin import Graph, Spec, init
from recbox_graphs._matrix import FIRST, matrices, widened
from recbox_graphs._relations import Relations, kept, slots

if TYPE_CHECKING:
    from recbox_graphs.kgat import KGAT

TINY = 1e-12
"""The least length that a vector is divided by."""


class Attention(nn.Module):
    """matrix: float `[r, d, k]`, W_r; relation: `[r, k]`, e_r; transform: those of the aggregator."""

    def __init__(self, options: KGAT, spec: Spec) -> None:
        super().__init__()
        self.options, generator = options, spec.generator
        self.relations = Relations(spec.graph)
        size = options.size or spec.width
        self.matrix = matrices(self.relations.count, spec.width, size, generator)
        self.relation = init.normal(self.relations.count, size, FIRST, generator)
        wide = 2 * spec.width if options.aggregator == "graphsage" else spec.width
        count = 2 if options.aggregator == "bi-interaction" else 1
        self.transform = nn.ModuleList(init.linear(wide, spec.dim, generator) for _ in range(count))
        self.dropout = nn.Dropout(options.dropout)

    def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        weights = self.by_type(graph, x)
        parts = [graph[type].spmm(x, weight.to(x)) for type, weight in weights.items()]
        out = self.dropout(self._aggregated(x, torch.stack(parts).sum(0)))
        return normalize(out, dim=-1, eps=TINY) if self.options.normalise else out

    def by_type(self, graph: Graph, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """By edge type, float `[e]`: what each edge of `graph[type]` weighs. Over a node's edges of all types
        they add up to 1."""
        scores = self._scores(graph, x)
        top = self._top(graph, scores)
        grown = {}
        for type, around, _ in self.relations.of(graph):
            grown[type] = (scores[type] - top[around.rows]).exp()
            if around.weight is not None:
                grown[type] = grown[type] * around.weight.to(top)
        ones = top.new_ones(graph.nodes, 1)
        total = torch.stack([graph[type].spmm(ones, one)[:, 0] for type, one in grown.items()]).sum(0)
        total = total.clamp_min(torch.finfo(total.dtype).tiny)
        return {type: one / total[graph[type].rows] for type, one in grown.items()}

    def attention(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        """float `[e, 1]`: what each edge of the graph weighs, and of several relations between two nodes
        their sum."""
        parts = [graph.united(type, weight) for type, weight in self.by_type(graph, x).items()]
        return torch.stack(parts).sum(0).to(x)[:, None]

    def _scores(self, graph: Graph, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """By type, float `[e]`: π(h,r,t). A node is transformed once for each relation that it has."""
        place = kept(
            graph, ("ends", self.relations.key), lambda: slots(graph, self.relations, ("row", "index"))
        )
        z = widened(place.transformed(x, self.matrix))
        towards = torch.tanh(z + self.relation.to(z).index_select(0, place.relation))
        found = {}
        for type, row in place.row.items():
            tail = z.index_select(0, place.index[type])
            found[type] = (towards.index_select(0, row) * tail).sum(-1)
        return found

    def _top(self, graph: Graph, scores: dict[str, torch.Tensor]) -> torch.Tensor:
        """float `[n]`: the largest score of a node's edges, which a softmax may subtract."""
        some = next(iter(scores.values())).detach()
        top = some.new_full((graph.nodes,), -torch.inf)
        for type, around, _ in self.relations.of(graph):
            top = top.scatter_reduce(0, around.rows, scores[type].detach(), "amax")
        return top.masked_fill(top == -torch.inf, 0.0)

    def _aggregated(self, own: torch.Tensor, received: torch.Tensor) -> torch.Tensor:
        own, slope = own[: len(received)], self.options.slope
        if self.options.aggregator == "graphsage":
            return leaky_relu(self.transform[0](torch.cat([own, received], dim=1)), slope)
        out = leaky_relu(self.transform[0](own + received), slope)
        if self.options.aggregator == "bi-interaction":
            out = out + leaky_relu(self.transform[1](own * received), slope)
        return out
