"""The laws of layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.kind import modular
from recbox.contract.law import Skip, broken, hold, law
from recbox.errors import KernelError
from recbox.graph import CSR, Layout, symmetric
from recbox.kernel import Graph
from recbox.plugin import Layer, Spec

USERS, ITEMS = 5, 7
NODES = USERS + ITEMS
LONELY = NODES - 1
"""A node without edges."""
WIDTH = 8
_PAIRS = {
    "interaction": ([0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4], [5, 6, 7, 5, 8, 6, 9, 10, 5, 7, 10]),
    "user-relation": ([0, 1, 2], [1, 2, 4]),
    "item-relation": ([5, 6, 7, 8], [6, 8, 9, 10]),
}


@dataclass(frozen=True)
class Inputs:
    """A graph of 12 nodes, one of them without edges, and vectors of all nodes: float `[12, width]`."""

    graph: Graph
    x: torch.Tensor


def inputs(case: Case, double: bool = False) -> Inputs:
    return Inputs(small_graph(_edges(case)), vectors(double=double))


def small_graph(
    types: frozenset[str] = frozenset(),
    *,
    weighted: bool = False,
    kernel: str = "torch",
    order: np.ndarray | None = None,
) -> Graph:
    """The toy graph with the edge types that are asked for. order: node i takes the place of `order[i]`."""
    place = np.arange(NODES) if order is None else np.argsort(order)
    layout = Layout((("user", USERS), ("item", ITEMS)))
    edges = {t: _edge(t, place, weighted) for t in sorted(types | {"interaction"})}
    return Graph.build(layout, edges, kernel=kernel)


def _edge(type: str, place: np.ndarray, weighted: bool) -> CSR:
    a, b = (place[np.array(ends)] for ends in _PAIRS[type])
    return symmetric(a, b, NODES, 0.25 + np.arange(len(a)) % 4 if weighted else None)


def vectors(width: int = WIDTH, *, double: bool = False, key: int = 0) -> torch.Tensor:
    """float `[12, width]`, normal."""
    x = torch.randn(NODES, width, generator=Context().generator("contract.layer", key))
    return x.double() if double else x


def build(case: Case, context: Context, given: Inputs, width: int = WIDTH, dim: int = WIDTH) -> nn.Module:
    layer = _layer(case)
    spec = Spec("", NODES, width, layer.width(width, dim), None, given.graph, context, "layer.0.0")
    return layer.build(spec)


def call(module: nn.Module, given: Inputs) -> Mapping[str, torch.Tensor]:
    return {"output": module(given.graph, given.x)}


def _layer(case: Case) -> Layer:
    assert isinstance(case.options, Layer)  # noqa: S101
    return case.options


def _edges(case: Case) -> frozenset[str]:
    known = _layer(case).edges & _PAIRS.keys()
    if unknown := _layer(case).edges - known:
        raise Skip(f"the kit's graph has no edges of type {', '.join(sorted(unknown))}")
    return frozenset(known)


def _module(case: Case, width: int = WIDTH, dim: int = WIDTH) -> nn.Module:
    return build(case, case.context, inputs(case), width, dim).eval()


@law(instead="return float [n_target, spec.dim], and say in width() what doesn't fit, by a ValueError")
def shape_is_what_width_says(case: Case) -> None:
    """The output has one finite row a node and as many columns as `width` says, whatever comes in."""
    tried = 0
    for width, dim in ((WIDTH, WIDTH), (WIDTH, WIDTH // 2), (WIDTH + 4, WIDTH)):
        try:
            columns = _layer(case).width(width, dim)
        except ValueError:
            continue
        tried += 1
        out = _module(case, width, dim)(small_graph(_edges(case)), vectors(width))
        hold(isinstance(out, torch.Tensor), f"forward returns a {type(out).__name__}")
        hold(
            out.shape == (NODES, columns),
            f"[{width} columns in] gives {list(out.shape)}, not {[NODES, columns]}",
        )
        hold(bool(torch.isfinite(out).all()), "some values aren't finite")
    hold(tried > 0, f"width() refuses every width from {WIDTH // 2} to {WIDTH + 4}")


@law(
    instead="treat all nodes alike: no positions, no rows by number; the order of neighbours must not matter"
)
def permuted_nodes_give_permuted_output(case: Case) -> None:
    """Nodes in another order give the same rows in that order."""
    module, x, types = _module(case), vectors(), _edges(case)
    order = np.random.default_rng(1).permutation(NODES)
    for weighted in _weightings(case, module):
        straight = module(small_graph(types, weighted=weighted), x)
        moved = module(small_graph(types, weighted=weighted, order=order), x[torch.from_numpy(order)])
        _close(moved, straight[torch.from_numpy(order)], "the permuted output differs by {}")


@law(instead="check the backward pass of what you wrote yourself; don't detach, round or index with floats")
def gradients_are_right(case: Case) -> None:
    """Gradients are those of finite differences, in float64."""
    module, graph = _module(case).double(), small_graph(_edges(case))
    x = vectors(double=True).requires_grad_()
    hold(module(graph, x).requires_grad, "the output carries no gradient of the input")
    try:
        torch.autograd.gradcheck(lambda v: module(graph, v), x, fast_mode=True)
    except RuntimeError as error:
        broken(str(error).strip().split("\n")[0])


@law(instead="guard divisions by the degree, and let an empty sum be 0")
def a_node_without_edges_stays_finite(case: Case) -> None:
    """A node that nobody is linked to has a finite row, and so have all gradients."""
    x = vectors().requires_grad_()
    out = _module(case)(small_graph(_edges(case)), x)
    hold(bool(torch.isfinite(out[LONELY]).all()), f"its row is {out[LONELY].tolist()}")
    out.square().sum().backward()
    hold(x.grad is not None and bool(torch.isfinite(x.grad).all()), "the gradient of the input isn't finite")


@law(instead="use graph.propagate, spmm, sddmm and edge_softmax, or test graph.dgl() on both kernels")
def both_kernels_agree(case: Case) -> None:
    """DGL's kernels and torch's give the same output and the same gradients, to 1e-5."""
    types = _edges(case)
    try:
        small_graph(types, kernel="dgl")
    except KernelError as error:
        raise Skip(f"needs DGL: {error.why or error.what}") from error
    for weighted in _weightings(case, _module(case)):
        one, other = (
            _passed(case, small_graph(types, weighted=weighted, kernel=k)) for k in ("torch", "dgl")
        )
        for name in one:
            _close(one[name], other[name], f"{name} differs by {{}} between the kernels")


@law(instead="let `linear` be False where a bias, an activation or an attention is in the way")
def linear_is_linear(case: Case) -> None:
    """Where `linear` is True, f(2x - 3y) = 2 f(x) - 3 f(y)."""
    if not _layer(case).linear:
        raise Skip("it doesn't claim to be linear")
    module, graph = _module(case), small_graph(_edges(case))
    x, y = vectors(), vectors(key=1)
    _close(module(graph, 2 * x - 3 * y), 2 * module(graph, x) - 3 * module(graph, y), "off by {}")


@law(instead="pass messages along edges alone: a target is in `graph.rows`, its source in `graph.indices`")
def messages_follow_edges(case: Case) -> None:
    """A change of the node without edges moves no other node, and a change of a neighbour does."""
    module, graph = _module(case), small_graph(_edges(case))
    x, neighbour = vectors(), int(graph.indices[0])
    before = module(graph, x).detach()
    for changed, last, moves in ((LONELY, LONELY, False), (neighbour, 1, True)):
        other = x.clone()
        other[changed] = vectors(key=2)[changed]
        gap = float((module(graph, other).detach() - before)[:last].abs().max())
        hold((gap > 1e-5) == moves, f"a change of node {changed} moves the first {last} nodes by {gap:.2g}")


def _passed(case: Case, graph: Graph) -> dict[str, torch.Tensor]:
    """Output and gradients of one pass, forward and backward."""
    module, x = _module(case), vectors().requires_grad_()
    out = module(graph, x)
    weights = torch.randn(out.shape, generator=case.context.generator("contract.loss"))
    (out * weights).sum().backward()
    gradients = {f"the gradient of {n}": p.grad for n, p in module.named_parameters() if p.grad is not None}
    return {"the output": out, "the gradient of the input": x.grad} | gradients


def _weightings(case: Case, module: nn.Module) -> tuple[bool, ...]:
    """Without weights and with them; a layer may refuse weights by an error of recbox's."""
    from recbox.errors import RecboxError

    try:
        module(small_graph(_edges(case), weighted=True), vectors())
    except RecboxError:
        return (False,)
    return (False, True)


def _close(found: torch.Tensor, expected: torch.Tensor, seen: str) -> None:
    gap = float((found - expected).detach().abs().max())
    size = max(1.0, float(expected.detach().abs().max()))
    hold(gap <= 1e-5 * size, seen.format(f"{gap:.2g}"))


KIND = modular(
    (
        shape_is_what_width_says,
        permuted_nodes_give_permuted_output,
        messages_follow_edges,
        gradients_are_right,
        a_node_without_edges_stays_finite,
        both_kernels_agree,
        linear_is_linear,
    ),
    inputs,
    build,
    call,
)
