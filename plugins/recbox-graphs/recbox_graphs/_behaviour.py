"""The module behind `behaviour-gcn`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from recbox.plugin import Graph, Spec, init

if TYPE_CHECKING:
    from recbox_graphs.behaviour_gcn import BehaviourGCN


class Behaviours(nn.Module):
    """behaviours: the edge types that are propagated, in the order of the graph."""

    def __init__(self, options: BehaviourGCN, spec: Spec) -> None:
        super().__init__()
        kinds = ("interaction", "behaviour")
        self.behaviours = tuple(t for t in spec.graph.types if t.partition(".")[0] in kinds)
        self.norm = options.norm
        count, generator = len(self.behaviours), spec.generator
        self.transform: nn.ModuleList | None = None
        if options.transform:
            each = (init.linear(spec.width, spec.dim, generator, bias=False) for _ in self.behaviours)
            self.transform = nn.ModuleList(each)
        self.share: Share | Attention | None = None
        if options.by == "attention":
            self.share = Attention(spec.dim, generator)
        elif options.by != "sum":
            self.share = Share(count, options.by == "count")

    @property
    def behaviour_weights(self) -> dict[str, float]:
        """What each behaviour counts, by edge type: 1 with `sum`; with `weight` and `count` what was learned,
        as shares of 1. Empty with `attention`, which weighs for each node: see `weights`."""
        if isinstance(self.share, Attention):
            return {}
        shares = [1.0] * len(self.behaviours) if self.share is None else self.share.shares().tolist()
        return dict(zip(self.behaviours, shares, strict=True))

    @torch.no_grad()
    def weights(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        """float `[n, behaviours]`: what each counts for each node of this graph, with these vectors."""
        received = self._received(graph, x)
        if self.share is None:
            return torch.ones(len(x), len(received))
        return self.share(self._counts(graph), received).expand(len(x), -1)

    def forward(self, graph: Graph, x: torch.Tensor) -> torch.Tensor:
        received = self._received(graph, x)
        if self.share is None:
            return torch.stack(received).sum(0)
        weights = self.share(self._counts(graph), received).to(received[0].dtype)
        return sum(w[:, None] * m for w, m in zip(weights.unbind(1), received, strict=True))

    def _received(self, graph: Graph, x: torch.Tensor) -> list[torch.Tensor]:
        """`[n, dim]` for each behaviour."""
        ways = self.transform or [nn.Identity() for _ in self.behaviours]
        return [graph[b].propagate(way(x), self.norm) for b, way in zip(self.behaviours, ways, strict=True)]

    def _counts(self, graph: Graph) -> torch.Tensor:
        """int64 `[n, behaviours]`: edges that end at each node."""
        return torch.stack([graph[b].count for b in self.behaviours], 1)


class Share(nn.Module):
    """One learned number for each behaviour, and perhaps how often a node has it."""

    def __init__(self, behaviours: int, counted: bool) -> None:
        super().__init__()
        self.score = nn.Parameter(torch.zeros(behaviours))
        self.counted = counted

    def shares(self) -> torch.Tensor:
        """float `[behaviours]`, summing to 1."""
        return self.score.softmax(0)

    def forward(self, counts: torch.Tensor, received: list[torch.Tensor]) -> torch.Tensor:
        """float `[1, behaviours]`, or `[n, behaviours]`; 0 for a node without edges."""
        if not self.counted:
            return self.shares()[None]
        parts = self.shares() * counts.to(self.score.dtype)
        return parts / parts.sum(1, keepdim=True).clamp_min(torch.finfo(parts.dtype).tiny)


class Attention(nn.Module):
    """`softmax_b(q · tanh(V m_b + c))` over the behaviours that a node has."""

    def __init__(self, dim: int, generator: torch.Generator) -> None:
        super().__init__()
        self.hidden = init.linear(dim, dim, generator)
        self.query = init.normal(1, dim, 0.1, generator)

    def forward(self, counts: torch.Tensor, received: list[torch.Tensor]) -> torch.Tensor:
        """float `[n, behaviours]`; 0 for a behaviour without edges."""
        score = torch.stack([(self.hidden(m).tanh() * self.query).sum(-1) for m in received], 1)
        there = counts > 0
        weights = score.masked_fill(~there, torch.finfo(score.dtype).min).softmax(1)
        return weights * there
