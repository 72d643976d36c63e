"""The module behind `svd-contrast`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn

from recbox.plugin import Graph, Spec, Step, UnsupportedError, factor
from recbox_ssl._contrast import sides

if TYPE_CHECKING:
    from recbox_ssl.svd_contrast import SVDContrast

Factors = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def decompose(graph: Graph, rank: int, generator: torch.Generator) -> Factors:
    """U `[users, r]`, S `[r]`, V `[items, r]` of `D_u^-1/2 R D_i^-1/2`, r = rank. An UnsupportedError where
    there are fewer singular values.

    Both products are the graph's own, so that nothing is copied.
    """
    users, items = (graph.layout.range(node) for node in ("user", "item"))
    around, most = graph["interaction"], min(users.stop - users.start, items.stop - items.start)
    if rank > most:
        what = f"rank {rank} is more than the {most} singular values of this graph"
        raise UnsupportedError(what, where="the objective 'svd-contrast'", instead=f"rank: {most}, or less")

    def times(x: torch.Tensor, into: slice, source: slice) -> torch.Tensor:
        every = x.new_zeros(graph.nodes, x.shape[1])
        every[source] = x
        return around.propagate(every)[into]

    columns = items.stop - items.start
    wide = factor.width(rank, users.stop - users.start, columns)
    start = torch.randn(columns, wide, generator=generator, device=generator.device).to(graph.device)
    return factor.svd(lambda x: times(x, users, items), lambda y: times(y, items, users), start, rank)


class LowRank(nn.Module):
    """Hops of the main pass against what the hop would be by a few singular values."""

    def __init__(self, options: SVDContrast, spec: Spec) -> None:
        super().__init__()
        self.temperature, self.over = options.temperature, options.over
        for name, value in zip("usv", decompose(spec.graph, options.rank, spec.generator)):
            self.register_buffer(name, value)

    def hop(self, x: torch.Tensor, offset: int) -> tuple[torch.Tensor, torch.Tensor]:
        """`[users, d]`, `[items, d]`: `U S Vᵀ` times the items' rows of x, and `V S Uᵀ` times the users'."""
        users, items = x[:offset], x[offset : offset + len(self.v)]
        return (self.u * self.s) @ (self.v.T @ items), (self.v * self.s) @ (self.u.T @ users)

    def forward(self, step: Step) -> torch.Tensor:
        hops = step.embed().hops
        each = [self._layer(step, before, after) for before, after in pairwise(hops)]
        return torch.stack(each).mean()

    def _layer(self, step: Step, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        users, items = sides(step, after, *self.hop(before, step.offset), self.temperature, self.over)
        return users + items
