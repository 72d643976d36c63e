"""The module behind `transe`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import normalize, softplus

from recbox.plugin import Graph, Spec, Step, init
from recbox_graphs._matrix import FIRST, matrices
from recbox_graphs._relations import kept

if TYPE_CHECKING:
    from recbox_graphs.transe import TransE

LEAST = 1e-8
"""The least length that a vector is divided by."""


class Translation(nn.Module):
    """relation: float `[r, d]`, e_r; matrix: `[r, d, d]`, W_r, of transr. A relation and its inverse are
    two."""

    def __init__(self, options: TransE, spec: Spec) -> None:
        super().__init__()
        self.options, generator = options, spec.generator
        named = spec.graph["knowledge"].edge["relation"]
        self.count = int(named.max()) + 1 if len(named) else 0
        self.relation = init.normal(self.count, spec.dim, FIRST, generator)
        self.matrix: nn.Parameter | None = None
        if options.by == "transr":
            self.matrix = matrices(self.count, spec.dim, spec.dim, generator)

    def forward(self, step: Step) -> torch.Tensor:
        first, around = step.embed().hops[0], step.graph["knowledge"]
        if not around.edges:
            return first.sum() * 0
        head, relation, tail, other = self._drawn(step, around)
        away = knows(around, head, relation, other) | (head == other)
        near, far = (self.distance(first, head, relation, t) for t in (tail, other))
        loss = (
            softplus(near - far) if self.options.form == "bpr" else (self.options.margin + near - far).relu()
        )
        return loss.masked_fill(away, 0).sum() / (~away).sum().clamp_min(1)

    def distance(
        self, first: torch.Tensor, head: torch.Tensor, relation: torch.Tensor, tail: torch.Tensor
    ) -> torch.Tensor:
        """float `[n]`: d(h,r,t) of triples, with what the encoders give, `[N, d]`."""
        h, t = (self._moved(first[nodes], relation) for nodes in (head, tail))
        return (h + self.relation[relation] - t).square().sum(-1)

    def _moved(self, x: torch.Tensor, relation: torch.Tensor) -> torch.Tensor:
        x = normalize(x, dim=-1, eps=LEAST) if self.options.normalise else x
        if self.matrix is None:
            return x
        # By relation, so that no matrix is there once for each triple.
        order = torch.argsort(relation, stable=True)
        sizes = torch.bincount(relation, minlength=self.count).tolist()
        parts = [rows @ w for rows, w in zip(x[order].split(sizes), self.matrix)]
        return torch.cat(parts)[torch.argsort(order)]

    def _drawn(self, step: Step, around: Graph) -> tuple[torch.Tensor, ...]:
        """int64 `[n]` each: head, relation and tail of triples, and other tails, as rows of vectors."""
        draw, count = step.generator, self.options.triples
        edge = torch.randint(around.edges, (count,), generator=draw, device=draw.device)
        linked = kept(around, "linked", lambda: around.count.nonzero()[:, 0])
        other = torch.randint(len(linked), (count,), generator=draw, device=draw.device)
        edge, other = edge.to(around.rows.device), other.to(around.rows.device)
        parts = around.rows[edge], around.edge["relation"][edge], around.indices[edge]
        return *parts, linked[other]


def knows(around: Graph, head: torch.Tensor, relation: torch.Tensor, tail: torch.Tensor) -> torch.Tensor:
    """bool `[n]`: whether triples are edges of the graph, whose edges are in the order of the key."""
    every = int(around.edge["relation"].max()) + 1

    def key(row: torch.Tensor, index: torch.Tensor, kind: torch.Tensor) -> torch.Tensor:
        return (row * around.nodes + index) * every + kind

    known = kept(around, "triples", lambda: key(around.rows, around.indices, around.edge["relation"]))
    asked = key(head, tail, relation)
    return known[torch.searchsorted(known, asked).clamp_max(len(known) - 1)] == asked
