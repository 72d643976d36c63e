"""Several products with the normalised adjacency in a row, as one step of autograd.

`h_l = Â h_{l-1}` for l = 1..L. With `Â = left ⊙ S right ⊙`, S a plain sum, what lies between two sums is one
scaling of the nodes in place of two, and nothing but the hops is kept. The gradient is the same chain the
other way, by Horner's rule: `dx = Âᵀ (g_1 + Âᵀ (g_2 + ... Âᵀ g_L))`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.autograd import Function

from recbox.kernel.kernel import Kernel
from recbox.kernel.norm import Scale

Gradient = torch.Tensor | None


def hops(scale: Scale, kernel: Kernel, x: torch.Tensor, count: int, narrow: bool) -> list[torch.Tensor]:
    """`[Â x, ..., Â^count x]`, each `[n, d]` in the type of x.

    narrow: sums and scalings in bfloat16, accumulated in float32, where the kernel has such a sum; elsewhere
    nothing is rounded.
    """
    return list(_Hops.apply(x, scale, kernel, count, narrow))


class _Hops(Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, scale: Scale, kernel: Kernel, count: int, narrow: bool) -> Any:
        ctx.set_materialize_grads(False)
        ctx.given = scale, kernel, narrow
        return _forward(scale, kernel, x, count, _inner(kernel, x, narrow))

    @staticmethod
    def backward(ctx: Any, *given: Gradient) -> Any:
        scale, kernel, narrow = ctx.given
        if torch.is_grad_enabled():  # a gradient of this gradient is asked for
            return _differentiable(scale, kernel, given), None, None, None, None
        return _backward(scale.transposed, kernel, given, narrow), None, None, None, None


def _inner(kernel: Kernel, x: torch.Tensor, narrow: bool) -> torch.dtype:
    return torch.bfloat16 if narrow and torch.bfloat16 in kernel.native else x.dtype


def _forward(
    scale: Scale, kernel: Kernel, x: torch.Tensor, count: int, dtype: torch.dtype
) -> tuple[torch.Tensor, ...]:
    if not scale.by_sum(kernel):
        out = [x]
        for _ in range(count):
            out.append(kernel.weighted(scale.structure, out[-1], scale.values[0]))
        return tuple(out[1:])
    left, between = scale.column("left", dtype), scale.column("both", dtype)
    out, near = [], _times(x.to(dtype), scale.column("right", dtype))
    for hop in range(count):
        near = kernel.sum(scale.structure, near)
        out.append(_times(near, left).to(x.dtype))
        if between is not None and hop + 1 < count:
            near = near.mul_(between)
    return tuple(out)


def _backward(scale: Scale, kernel: Kernel, given: Sequence[Gradient], narrow: bool) -> Gradient:
    """scale: of Âᵀ, which stands on the left of `dx`."""
    some = next((g for g in given if g is not None), None)
    if some is None:
        return None
    dtype = _inner(kernel, some, narrow)
    by_sum = scale.by_sum(kernel)
    right = scale.column("right", dtype) if by_sum else None
    total: Gradient = None
    ready: dict[int, torch.Tensor] = {}  # a mean gives all hops one and the same gradient
    for g in reversed(given):
        if total is not None:
            total = _product(scale, kernel, total)
        if g is not None:
            if id(g) not in ready:
                ready[id(g)] = _times(g.to(dtype), right)
            between = scale.column("both", dtype) if by_sum else None
            total = _added(ready[id(g)], total, between)
        elif total is not None and by_sum:
            total = _times(total, scale.column("both", dtype))
    assert total is not None  # noqa: S101 (some gradient is there)
    total = _product(scale, kernel, total)
    return _times(total, scale.column("left", dtype)).to(some.dtype) if by_sum else total


def _product(scale: Scale, kernel: Kernel, x: torch.Tensor) -> torch.Tensor:
    if scale.by_sum(kernel):
        return kernel.sum(scale.structure, x)
    return kernel.weighted(scale.structure, x, scale.values[0])


def _added(g: torch.Tensor, total: Gradient, between: Gradient) -> torch.Tensor:
    """`g + between ⊙ total`, in the memory of total."""
    if total is None:
        return g
    return total.add_(g) if between is None else torch.addcmul(g, total, between, out=total)


def _times(x: torch.Tensor, column: Gradient) -> torch.Tensor:
    return x if column is None else x * column


def _differentiable(scale: Scale, kernel: Kernel, given: Sequence[Gradient]) -> Gradient:
    total: Gradient = None
    for g in reversed(given):
        total = g if total is None else scale.transposed.apply(kernel, total) + (0 if g is None else g)
    return None if total is None else scale.transposed.apply(kernel, total)
