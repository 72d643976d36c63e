"""Hops over a graph without some edges of one node, and without making that graph.

`Â' = left' ⊙ (A - E) right' ⊙`: E holds the few edges that go, and degrees change at their ends alone. So
hundreds of such graphs cost as many passes over the one that is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from recbox.errors import KernelError
from recbox.kernel.graph import Graph
from recbox.kernel.hops import times
from recbox.kernel.norm import sides


@dataclass(frozen=True, eq=False)
class Gone:
    """Edges that go, from `source` to `target`, int64 `[k]` each; weight: what they weigh, float32 `[k]`.
    degree: float32 `[n, 1]` of what stays. column: int64 `[k]`, where each column of vectors is passed over
    a graph of its own; then degrees are `[n, columns]`."""

    target: torch.Tensor
    source: torch.Tensor
    weight: torch.Tensor
    degree: torch.Tensor
    column: torch.Tensor | None = None

    def subtract(self, every: torch.Tensor, x: torch.Tensor) -> None:
        """From sums over all edges what came over these."""
        if self.column is None:
            every.index_add_(0, self.target, x[self.source] * -self.weight[:, None].to(x))
        else:
            came = x[self.source, self.column] * -self.weight.to(x)
            every.index_put_((self.target, self.column), came, accumulate=True)


def lacking(graph: Graph, node: int, others: torch.Tensor) -> Gone:
    """All edges between a node and others (int64 `[m]`), both ways. The graph is symmetric."""
    if graph.reverse is None:
        raise KernelError("the graph doesn't say which edges are opposite", where="lacking")
    keep = kept(graph, node, others)
    edges = torch.nonzero(~keep)[:, 0]
    weight = torch.ones(len(edges), device=graph.device) if graph.weight is None else graph.weight[edges]
    target, degree = graph.rows[edges], graph.degree.clone()
    for end in target.unique().tolist():  # added up again: a difference of sums may miss a 0
        own = slice(*graph.indptr[end : end + 2].tolist())
        degree[end] = keep[own].sum() if graph.weight is None else graph.weight[own][keep[own]].sum()
    return Gone(target, graph.indices[edges], weight, degree[:, None])


def by_column(each: Sequence[Gone]) -> Gone:
    """For as many columns of vectors, each of these for one of them."""
    count = torch.tensor([len(gone.target) for gone in each], device=each[0].target.device)
    column = torch.repeat_interleave(torch.arange(len(each), device=count.device), count)
    target, source, weight = (
        torch.cat([getattr(g, n) for g in each]) for n in ("target", "source", "weight")
    )
    return Gone(target, source, weight, torch.cat([gone.degree for gone in each], 1), column)


def hops_without(graph: Graph, x: torch.Tensor, count: int, norm: str, gone: Gone) -> list[torch.Tensor]:
    """What `graph.hops(x, count, norm)` gives over the graph without these edges."""
    left, right = (None if side is None else side.to(x) for side in sides(norm, gone.degree))
    found = [x]
    for _ in range(count):
        near = times(found[-1], right)
        every = graph.propagate(near, "none")
        gone.subtract(every, near)
        found.append(every if left is None else every.mul_(left))
    return found


def kept(graph: Graph, node: int, others: torch.Tensor) -> torch.Tensor:
    """bool `[edges]`: all but those between the node and the others, both ways."""
    keep = torch.ones(graph.edges, dtype=torch.bool, device=graph.device)
    begin, end = graph.indptr[node : node + 2].tolist()
    own = begin + torch.isin(graph.indices[begin:end], others.to(graph.device)).nonzero()[:, 0]
    keep[own] = False
    if graph.reverse is not None:
        keep[graph.reverse[own]] = False
        return keep
    for other in others.tolist():
        begin, end = graph.indptr[other : other + 2].tolist()
        keep[begin + (graph.indices[begin:end] == node).nonzero()[:, 0]] = False
    return keep
