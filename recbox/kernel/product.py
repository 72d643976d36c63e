"""The products with gradients: each is the others' derivative, so one kernel gives forward and backward.

For y = A x: dx = A^T dy, and the weight of edge i – j gets dy_i · x_j. A symmetric structure is its own
transpose; only the weights change places (`reverse`). Gradients of gradients work too.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import Function

from recbox.errors import KernelError
from recbox.kernel.kernel import Kernel, wide
from recbox.kernel.structure import Structure


def spmm(kernel: Kernel, s: Structure, x: torch.Tensor, weight: torch.Tensor | None = None) -> torch.Tensor:
    """Sum of x over each row's edges, each times its weight (None: 1).

    x: float `[n_columns, d]` and weight `[edges]`, or x `[n_columns, h, d]` and weight `[edges, h]`
    (one per head) or `[edges]`. Returns the shape of x with n_rows, in the type of x.
    """
    _nodes(x, s.n_columns, "x")
    if weight is None:
        flat = x.reshape(len(x), -1) if x.ndim != 2 else x
        return _Sum.apply(flat, kernel, s).reshape(s.n_rows, *x.shape[1:])
    if weight.ndim == 1 and x.ndim == 3:
        weight = weight[:, None].expand(-1, x.shape[1])
    _edges(weight, s, x.shape[1:-1], "weight")
    return _Weighted.apply(x, weight, kernel, s)


def spmm_fixed(
    kernel: Kernel, s: Structure, x: torch.Tensor, weight: torch.Tensor, opposite: torch.Tensor
) -> torch.Tensor:
    """`spmm` with float32 weights that get no gradient; `opposite`: those of the transposed structure."""
    _nodes(x, s.n_columns, "x")
    return _Fixed.apply(x, weight, opposite, kernel, s)


def spmm_scaled(
    kernel: Kernel, s: Structure, x: torch.Tensor, left: torch.Tensor | None, right: torch.Tensor | None
) -> torch.Tensor:
    """`left ⊙ (the sum of right ⊙ x over each row's edges)`, x `[n_columns, d]`.

    left: float32 `[n_rows]`, right: `[n_columns]` (None: 1); they get no gradient."""
    _nodes(x, s.n_columns, "x")
    return _Scaled.apply(x, left, right, kernel, s)


def sddmm(kernel: Kernel, s: Structure, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """For each edge, a at its row (target) times b at its column (source), summed over the last dimension.

    a: float `[n_rows, d]`, b: `[n_columns, d]` -> `[edges]`; with heads `[n, h, d]` -> `[edges, h]`.
    A sum p_i + q_j per edge is the product of (p, 1) and (1, q): no gather and no scatter is needed for it.
    """
    _nodes(a, s.n_rows, "a")
    _nodes(b, s.n_columns, "b")
    if a.shape[1:] != b.shape[1:] or a.dtype != b.dtype:
        raise KernelError(
            f"a and b differ: {tuple(a.shape)} {a.dtype}, {tuple(b.shape)} {b.dtype}", where="sddmm"
        )
    return _Dot.apply(a, b, kernel, s)


def edge_softmax(kernel: Kernel, s: Structure, e: torch.Tensor) -> torch.Tensor:
    """Softmax of e (float `[edges]` or `[edges, h]`) over the edges of each row; -inf gives 0."""
    _edges(e, s, e.shape[1:2], "e")
    return _Softmax.apply(e, kernel, s)


class _Sum(Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, kernel: Kernel, s: Structure) -> torch.Tensor:
        ctx.given = kernel, s
        return kernel.sum(s, x)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> Any:
        kernel, s = ctx.given
        return _Sum.apply(g, kernel, s.transposed[0]), None, None


class _Scaled(Function):
    """One step of the graph, so that what lies between the three products is neither kept nor copied."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        left: torch.Tensor | None,
        right: torch.Tensor | None,
        kernel: Kernel,
        s: Structure,
    ) -> torch.Tensor:
        ctx.given = left, right, kernel, s
        inner = x if x.dtype in kernel.native(x.device) else wide(x)
        if right is not None:
            inner = inner * right[:, None].to(inner.dtype)
        out = kernel.sum(s, inner)
        if left is not None:
            out.mul_(left[:, None].to(out.dtype))
        return out.to(x.dtype)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> Any:
        left, right, kernel, s = ctx.given
        return _Scaled.apply(g, right, left, kernel, s.transposed[0]), None, None, None, None


class _Fixed(Function):
    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, w: torch.Tensor, opposite: torch.Tensor, kernel: Kernel, s: Structure
    ) -> torch.Tensor:
        ctx.given = w, opposite, kernel, s
        return kernel.weighted(s, x, w)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> Any:
        w, opposite, kernel, s = ctx.given
        return _Fixed.apply(g, opposite, w, kernel, s.transposed[0]), None, None, None, None


class _Weighted(Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, w: torch.Tensor, kernel: Kernel, s: Structure) -> torch.Tensor:
        ctx.given = kernel, s
        ctx.save_for_backward(x, w)
        return kernel.weighted(s, x, w)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> Any:
        (kernel, s), (x, w) = ctx.given, ctx.saved_tensors
        to_x = to_w = None
        if ctx.needs_input_grad[0]:
            other, place = s.transposed
            to_x = _Weighted.apply(g, w[place], kernel, other)
        if ctx.needs_input_grad[1]:
            to_w = _Dot.apply(wide(g), wide(x), kernel, s).to(w.dtype)
        return to_x, to_w, None, None


class _Dot(Function):
    @staticmethod
    def forward(ctx: Any, a: torch.Tensor, b: torch.Tensor, kernel: Kernel, s: Structure) -> torch.Tensor:
        ctx.given = kernel, s
        ctx.save_for_backward(a, b)
        return kernel.dot(s, a, b)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> Any:
        (kernel, s), (a, b) = ctx.given, ctx.saved_tensors
        to_a = to_b = None
        if ctx.needs_input_grad[0]:
            to_a = _Weighted.apply(b, g, kernel, s)
        if ctx.needs_input_grad[1]:
            other, place = s.transposed
            to_b = _Weighted.apply(a, g[place], kernel, other)
        return to_a, to_b, None, None


class _Softmax(Function):
    @staticmethod
    def forward(ctx: Any, e: torch.Tensor, kernel: Kernel, s: Structure) -> torch.Tensor:
        ctx.given = kernel, s
        y = kernel.softmax(s, e)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> Any:
        (kernel, s), (y,) = ctx.given, ctx.saved_tensors
        part = wide(y) * g
        ones = part.new_ones(s.n_columns, *part.shape[1:], 1)
        total = _Weighted.apply(ones, part, kernel, s).squeeze(-1)
        return (part - y * total[s.rows]).to(g.dtype), None, None


def _nodes(x: torch.Tensor, nodes: int, name: str) -> None:
    if not x.is_floating_point() or x.ndim not in (2, 3) or len(x) != nodes:
        raise KernelError(
            f"{name} is {x.dtype} {tuple(x.shape)}",
            why=f"floats of the shape [{nodes}, d] or [{nodes}, h, d] belong here",
        )


def _edges(w: torch.Tensor, s: Structure, heads: torch.Size, name: str) -> None:
    if not w.is_floating_point() or w.ndim not in (1, 2) or w.shape != (s.edges, *heads):
        raise KernelError(
            f"{name} is {w.dtype} {tuple(w.shape)}",
            why=f"floats of the shape {[s.edges, *heads]} belong here",
        )
