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
from recbox.kernel.placing import put


def hops_at(
    nodes: torch.Tensor, scale: Scale, kernel: Kernel, x: Sequence[torch.Tensor], count: int, narrow: bool
) -> list[torch.Tensor]:
    """The rows `nodes` (int64 `[m]`, none twice) of `[x, Â x, ..., Â^count x]`, each `[m, d]`; see `hops`.

    x: its rows in parts, one after the other, so that they needn't be copied together.
    """
    own = scale.at(nodes) if count else None
    # A gradient that a Function in Python hands to a parameter is copied there; that of a view is taken over.
    parts = [part.view_as(part) for part in x]
    return list(_At.apply(nodes, scale, own, kernel, count, narrow, *parts))


class _At(Function):
    """own: the nodes' rows of the matrix; None without hops."""

    @staticmethod
    def forward(
        ctx: Any,
        nodes: torch.Tensor,
        scale: Scale,
        own: Scale | None,
        kernel: Kernel,
        count: int,
        narrow: bool,
        *x: torch.Tensor,
    ) -> Any:
        ctx.set_materialize_grads(False)
        ctx.given, ctx.sizes = (nodes, scale, own, kernel, narrow), [len(part) for part in x]
        first = _picked(x, nodes)
        if own is None:
            return (first,)
        way, last = (Way.of(each, kernel, first, narrow) for each in (scale, own))
        return first, *_forward(way, last, nodes, x, count)

    @staticmethod
    def backward(ctx: Any, *given: Gradient) -> Any:
        nodes, scale, own, kernel, narrow = ctx.given
        some = next((g for g in given if g is not None), None)
        if some is None:
            return (None,) * (6 + len(ctx.sizes))
        if torch.is_grad_enabled() or own is None:  # a gradient of this gradient is asked for
            total = _differentiable(nodes, scale, kernel, given)
        else:
            way, last = (Way.of(each.transposed, kernel, some, narrow) for each in (scale, own))
            total = _backward(way, last, nodes, given, some.dtype)
        return *(None,) * 6, *total.split(ctx.sizes)


def _forward(
    way: Way, last: Way, nodes: torch.Tensor, x: Sequence[torch.Tensor], count: int
) -> list[torch.Tensor]:
    left, right, between = last.column("left"), way.column("right"), way.column("both")
    near = x[0].new_empty(way.scale.structure.n_columns, x[0].shape[1], dtype=way.dtype)
    for part, into in zip(x, near.split([len(part) for part in x])):
        into.copy_(part)
    if right is not None:
        near.mul_(right)
    out = []
    for _ in range(count - 1):
        near = way.product(near)
        out.append(times(near.index_select(0, nodes), left).to(x[0].dtype))
        if between is not None:
            near = near.mul_(between)
    return [*out, times(last.product(near), left).to(x[0].dtype)]


def _picked(x: Sequence[torch.Tensor], nodes: torch.Tensor) -> torch.Tensor:
    """The rows `nodes` of x."""
    found, start = x[0].new_empty(len(nodes), x[0].shape[1]), 0
    for part in x:
        place = ((nodes >= start) & (nodes < start + len(part))).nonzero()[:, 0]
        put(found, place, part.index_select(0, nodes[place] - start))
        start += len(part)
    return found


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
            total = _added_at(total, nodes, g, rows)
        total = None if total is None else way.product(total)
    if total is not None:
        total = (total if left is None else total.mul_(left)).to(dtype)
    if first is not None:
        total = _added_at(total, nodes, first, rows)
    assert total is not None  # noqa: S101
    return total


def _added_at(total: Gradient, nodes: torch.Tensor, g: torch.Tensor, rows: int) -> torch.Tensor:
    """total (None: zeros, `[rows, d]`) with `g` added to the nodes' rows, in the memory of total."""
    total = g.new_zeros(rows, *g.shape[1:]) if total is None else total
    return total.index_add_(0, nodes, g)


def _differentiable(
    nodes: torch.Tensor, scale: Scale, kernel: Kernel, given: Sequence[Gradient]
) -> torch.Tensor:
    """The same gradient, by products that have gradients themselves."""
    rows = scale.structure.n_rows
    first, *others = (None if g is None else _added_at(None, nodes, g, rows) for g in given)
    total = differentiable(scale, kernel, others)
    if total is None or first is None:
        total = first if total is None else total
        assert total is not None  # noqa: S101
        return total
    return total + first
