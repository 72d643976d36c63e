"""First vectors of some nodes of all types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.autograd.function import Function, once_differentiable

from recbox.kernel import put
from recbox.recommender.fused import Fused


def first_of(encoders: Sequence[Fused], nodes: torch.Tensor) -> torch.Tensor:
    """float `[n, d]`, for int64 `[n]` in any order; encoders: of each node type, in the graph's order."""
    vectors, where, start = [], [], 0
    for encoder in encoders:
        own = (nodes >= start) & (nodes < start + encoder.count)
        where.append(own.nonzero()[:, 0])
        vectors.append(encoder(nodes[where[-1]] - start))
        start += encoder.count
    out: torch.Tensor = _Put.apply(torch.cat(vectors), torch.cat(where))
    return out


class _Put(Function):
    """Row j at place `where[j]`, each place once. No gradient has to be added up, as that of an index is."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
        ctx.where = where
        return put(torch.empty_like(x), where, x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradient.index_select(0, ctx.where), None


def ask_for_rows(encoders: Sequence[Fused], rows: bool) -> None:
    """Have tables give gradients of the rows that were read alone, or of all their rows: those within the
    encoders that have an attribute `sparse`, as torch's own have."""
    for encoder in encoders:
        for module in encoder.modules():
            if isinstance(vars(module).get("sparse"), bool):
                module.sparse = rows
