"""Several products with the normalised adjacency in a row, as one step of autograd.

`h_l = Â h_{l-1}` for l = 1..L. With `Â = left ⊙ S right ⊙`, S a plain sum, what lies between two sums is one
scaling of the nodes in place of two, and nothing but the hops is kept. The gradient is the same chain the
other way, by Horner's rule: `dx = Âᵀ (g_1 + Âᵀ (g_2 + ... Âᵀ g_L))`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch.autograd import Function

from recbox.kernel.kernel import Kernel
from recbox.kernel.norm import Scale

Gradient = torch.Tensor | None


def hops(scale: Scale, kernel: Kernel, x: torch.Tensor, count: int, narrow: bool) -> list[torch.Tensor]:
    """`[x, Â x, ..., Â^count x]`, each `[n, d]` in the type of x.

    narrow: sums and scalings in bfloat16, accumulated in float32, where the kernel has such a sum; elsewhere
    nothing is rounded.
    """
    return [x, *_Hops.apply(x, scale, kernel, count, narrow)] if count else [x]


@dataclass(frozen=True, eq=False)
class Way:
    """How the products with one matrix are taken: sums between scalings of the nodes, or, where the kernel
    is quicker so, products with the matrix's entries and no scaling. dtype: what is summed in."""

    scale: Scale
    kernel: Kernel
    dtype: torch.dtype

    @classmethod
    def of(cls, scale: Scale, kernel: Kernel, x: torch.Tensor, narrow: bool) -> Way:
        inner = torch.bfloat16 if narrow and torch.bfloat16 in kernel.native(x.device) else x.dtype
        return cls(scale, kernel, inner)

    def column(self, side: Literal["left", "right", "both"]) -> Gradient:
        """`[n, 1]`: what nodes are scaled by on this side, and what by between two products. None: 1."""
        return self.scale.column(side, self.dtype) if self.scale.by_sum(self.kernel) else None

    def product(self, x: torch.Tensor) -> torch.Tensor:
        """Without the scalings."""
        if self.scale.by_sum(self.kernel):
            return self.kernel.sum(self.scale.structure, x)
        return self.kernel.weighted(self.scale.structure, x, self.scale.entries(self.dtype))


class _Hops(Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, scale: Scale, kernel: Kernel, count: int, narrow: bool) -> Any:
        ctx.set_materialize_grads(False)
        ctx.given = scale, kernel, narrow
        return _forward(Way.of(scale, kernel, x, narrow), x, count)

    @staticmethod
    def backward(ctx: Any, *given: Gradient) -> Any:
        scale, kernel, narrow = ctx.given
        some = next((g for g in given if g is not None), None)
        if some is None:
            return None, None, None, None, None
        if torch.is_grad_enabled():  # a gradient of this gradient is asked for
            return differentiable(scale, kernel, given), None, None, None, None
        way = Way.of(scale.transposed, kernel, some, narrow)
        return _backward(way, given).to(some.dtype), None, None, None, None


def _forward(way: Way, x: torch.Tensor, count: int) -> tuple[torch.Tensor, ...]:
    left, between = way.column("left"), way.column("both")
    out, near = [], times(x.to(way.dtype), way.column("right"))
    for hop in range(1, count + 1):
        near = way.product(near)
        out.append(times(near, left).to(x.dtype))
        if between is not None and hop < count:
            near = near.mul_(between)
    return tuple(out)


def _backward(way: Way, given: Sequence[Gradient]) -> torch.Tensor:
    """way: of Âᵀ, which stands on the left of `dx`; given: some gradient is there."""
    right, between = way.column("right"), way.column("both")
    total: Gradient = None
    ready: dict[int, torch.Tensor] = {}  # a mean gives all hops one and the same gradient
    for g in reversed(given):
        if total is not None:
            total = way.product(total)
        if g is not None:
            if id(g) not in ready:
                ready[id(g)] = times(g.to(way.dtype), right)
            total = _added(ready[id(g)], total, between)
        elif total is not None:
            total = times(total, between)
    assert total is not None  # noqa: S101
    return times(way.product(total), way.column("left"))


def _added(g: torch.Tensor, total: Gradient, between: Gradient) -> torch.Tensor:
    """`g + between ⊙ total`, in the memory of total."""
    if total is None:
        return g
    return total.add_(g) if between is None else torch.addcmul(g, total, between, out=total)


def joined(parts: list[torch.Tensor]) -> torch.Tensor:
    """One behind the other; one alone isn't copied."""
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def times(x: torch.Tensor, column: Gradient) -> torch.Tensor:
    """x, each row times its entry of `column` `[n, 1]`; None: x itself."""
    return x if column is None else x * column


def differentiable(scale: Scale, kernel: Kernel, given: Sequence[Gradient]) -> Gradient:
    """The same gradient, by products that have gradients themselves."""
    total: Gradient = None
    for g in reversed(given):
        total = g if total is None else scale.transposed.apply(kernel, total) + (0 if g is None else g)
    return None if total is None else scale.transposed.apply(kernel, total)
