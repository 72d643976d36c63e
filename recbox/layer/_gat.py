"""The module behind `gat`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from recbox.kernel import Graph
from recbox.layer._activation import ACTIVATION
from recbox.layer._edge_score import EdgeScore
from recbox.plugin import Spec
from recbox.plugin.init import linear, normal

if TYPE_CHECKING:
    from recbox.layer.gat import GAT


class Attention(nn.Module):
    """`h'_u = h_u + ‖_k Σ_v α^k_uv W^k h_v`, `α^k_uv = softmax_v(LeakyReLU(a^k·W^k h_u + b^k·W^k h_v) )`.

    A weighted edge counts as that many neighbours: `log w_uv` is added to its score. With edge features the
    LeakyReLU is of `a^k·W^k h_u + b^k·W^k h_v + c^k·f_uv`.
    """

    def __init__(self, options: GAT, spec: Spec) -> None:
        super().__init__()
        width, dim, generator = spec.width, spec.dim, spec.generator
        self.shape = (options.heads, dim // options.heads)
        self.slope = options.slope
        self.weight = linear(width, dim, generator, bias=False)
        self.target = normal(*self.shape, 0.1, generator)
        self.source = normal(*self.shape, 0.1, generator)
        self.dropout = nn.Dropout(options.attention_dropout)
        self.activation = ACTIVATION[options.activation]()
        self.edge: nn.Module | None = None
        if options.edge_features and spec.graph is not None:
            self.edge = EdgeScore(spec.graph, options.heads)
        self.own: nn.Module | None = None
        if options.residual:
            self.own = nn.Identity() if width == dim else linear(width, dim, generator, bias=False)

    def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        z = self._transformed(x)
        attention = self.dropout(graph.edge_softmax(self._score(graph, z)))
        received = graph.spmm(z, attention).flatten(1)
        if self.own is not None:
            received = received + self.own(x)[: received.shape[0]]
        return self.activation(received)

    def attention(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        """float `[e, heads]`: what each edge weighs, without dropout."""
        return graph.edge_softmax(self._score(graph, self._transformed(x)))

    def _transformed(self, x: torch.Tensor) -> torch.Tensor:
        z: torch.Tensor = self.weight(x)
        return z.view(-1, *self.shape)

    def _score(self, graph: Graph, z: torch.Tensor) -> torch.Tensor:
        to, of = (z * self.target).sum(-1), (z * self.source).sum(-1)
        score = to[graph.rows] + of[graph.indices]
        if self.edge is not None:
            score = score + self.edge(graph).to(score)
        score = functional.leaky_relu(score, self.slope)
        return score if graph.weight is None else score + graph.weight.log()[:, None]
