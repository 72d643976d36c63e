"""Hops at some nodes, as a step of training asks for those of its batch, as one step of autograd.

The last hop then goes over these nodes' edges alone, and so does the first product on the way back; what
lies between takes all edges, and scales and adds up only what it has to. With g_l the gradient at the nodes,
`dx = P g_0 + Âᵀ (P g_1 + ... Âᵀ (P g_{L-1} + Âᵀ P g_L))`, P putting the nodes' rows in their places: `Âᵀ P`
is the transpose of the nodes' rows of Â.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.autograd import Function

from recbox.kernel.hops import Gradient, Way, differentiable, times
from recbox.kernel.kernel import Kernel
from recbox.kernel.norm import Scale


def hops_at(
    nodes: torch.Tensor, scale: Scale, kernel: Kernel, x: torch.Tensor, count: int, narrow: bool
) -> list[torch.Tensor]:
    """The rows `nodes` (int64 `[m]`, none twice) of `[x, Â x, ..., Â^count x]`, each `[m, d]`; see `hops`."""
    if not count:
        return [x[nodes]]
    return list(_At.apply(x, nodes, scale, scale.at(nodes), kernel, count, narrow))


class _At(Function):
    """own: the nodes' rows of the matrix."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        nodes: torch.Tensor,
        scale: Scale,
        own: Scale,
        kernel: Kernel,
        count: int,
        narrow: bool,
    ) -> Any:
        ctx.set_materialize_grads(False)
        ctx.given = nodes, scale, own, kernel, narrow
        way, last = (Way.of(each, kernel, x, narrow) for each in (scale, own))
        return _forward(way, last, nodes, x, count)

    @staticmethod
    def backward(ctx: Any, *given: Gradient) -> Any:
        nodes, scale, own, kernel, narrow = ctx.given
        nothing = (None,) * 6
        some = next((g for g in given if g is not None), None)
        if some is None:
            return None, *nothing
        if torch.is_grad_enabled():  # a gradient of this gradient is asked for
            first, *others = (
                None if g is None else _put(None, nodes, g, scale.structure.n_rows) for g in given
            )
            total = differentiable(scale, kernel, others)
            return (first if total is None else total if first is None else total + first), *nothing
        way, last = (Way.of(each.transposed, kernel, some, narrow) for each in (scale, own))
        return _backward(way, last, nodes, given, some.dtype), *nothing


def _forward(
    way: Way, last: Way, nodes: torch.Tensor, x: torch.Tensor, count: int
) -> tuple[torch.Tensor, ...]:
    left, between = last.column("left"), way.column("both")
    out, near = [x.index_select(0, nodes)], times(x.to(way.dtype), way.column("right"))
    for _ in range(count - 1):
        near = way.product(near)
        out.append(times(near.index_select(0, nodes), left).to(x.dtype))
        if between is not None:
            near = near.mul_(between)
    out.append(times(last.product(near), left).to(x.dtype))
    return tuple(out)


def _backward(
    way: Way, last: Way, nodes: torch.Tensor, given: Sequence[Gradient], dtype: torch.dtype
) -> torch.Tensor:
    """way: of Âᵀ; last: of the transpose of the nodes' rows; given: some gradient is there."""
    first, *others = given
    right, left, between = last.column("right"), way.column("left"), way.column("both")
    rows = way.scale.structure.n_rows
    *inner, outer = (g if g is None else times(g.to(way.dtype), right) for g in others)
    total = None if outer is None else last.product(outer)
    for g in reversed(inner):
        if total is not None and between is not None:
            total = total.mul_(between)
        if g is not None:
            total = _put(total, nodes, g, rows)
        total = None if total is None else way.product(total)
    if total is not None:
        total = (total if left is None else total.mul_(left)).to(dtype)
    if first is not None:
        total = _put(total, nodes, first, rows)
    assert total is not None  # noqa: S101
    return total


def _put(total: Gradient, nodes: torch.Tensor, g: torch.Tensor, rows: int) -> torch.Tensor:
    """total (None: zeros, `[rows, d]`) with `g` added to the nodes' rows, in the memory of total."""
    total = g.new_zeros(rows, *g.shape[1:]) if total is None else total
    return total.index_add_(0, nodes, g)
