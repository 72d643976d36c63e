"""The laws of layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from recbox.contract.attention import (
    attention_agrees_on_both_kernels,
    attention_belongs_to_its_edges,
    attention_sums_to_one_over_a_nodes_edges,
)
from recbox.contract.block import (
    a_block_of_all_edges_gives_the_graphs_rows,
    fewer_edges_are_right_on_average,
)
from recbox.contract.carried import what_edges_carry_moves_their_ends
from recbox.contract.case import Case
from recbox.contract.kind import modular
from recbox.contract.law import Skip, broken, hold, law
from recbox.contract.layered import (
    build,
    built,
    call,
    close,
    edges,
    inputs,
    move,
    needs_dgl,
    options,
    weightings,
)
from recbox.contract.limited import other_edges_change_nothing
from recbox.contract.snapshot import snapshot
from recbox.contract.streams import watched
from recbox.contract.toy_graph import LONELY, NODES, WIDTH, small_graph, vectors
from recbox.kernel import Graph

_WIDTHS = ((WIDTH, WIDTH), (WIDTH, WIDTH // 2), (WIDTH + 4, WIDTH), (1, WIDTH), (WIDTH, 1))
"""Columns that come in, and columns that the recipe asks for."""


@law(instead="return float [n_target, spec.dim], and say in width() what doesn't fit, by a ValueError")
def shape_is_what_width_says(case: Case) -> None:
    """The output has one finite row a node and as many columns as `width` says, whatever comes in."""
    fitting = list(_fitting(case))
    hold(bool(fitting), f"width() refuses every one of (width, dim) = {', '.join(map(str, _WIDTHS))}")
    for width, dim, columns in fitting:
        out = built(case, width, dim)(small_graph(edges(case)), vectors(width))
        hold(isinstance(out, torch.Tensor), f"forward returns a {type(out).__name__}")
        hold(
            out.shape == (NODES, columns),
            f"[{width} columns in] gives {list(out.shape)}, not {[NODES, columns]}",
        )
        hold(bool(torch.isfinite(out).all()), "some values aren't finite")


@law(instead="hand spec.generator to all that you draw, also to what only some widths need")
def every_width_draws_from_its_own_stream(case: Case) -> None:
    """At any width, with fewer columns than come in, more, or one, the same seed gives the same parameters
    and output, and no stream of random numbers that everybody shares moves."""
    for width, dim, _ in _fitting(case):
        with watched() as moved:
            one, other = (_drawn(case, width, dim) for _ in range(2))
            touched = moved()
        hold(not touched, f"width {width}, dim {dim}: moved: {', '.join(touched)}")
        differ = [name for name in one if snapshot(one[name]) != snapshot(other[name])]
        hold(not differ, f"width {width}, dim {dim}: {', '.join(differ)} differs between two runs")


@law(
    instead="treat all nodes alike: no positions, no rows by number; the order of neighbours must not matter"
)
def permuted_nodes_give_permuted_output(case: Case) -> None:
    """Nodes in another order give the same rows in that order."""
    module, x, types = built(case), vectors(), edges(case)
    order = np.random.default_rng(1).permutation(NODES)
    for weighted in weightings(case, module):
        straight = module(small_graph(types, weighted=weighted), x)
        moved = module(small_graph(types, weighted=weighted, order=order), x[torch.from_numpy(order)])
        close(moved, straight[torch.from_numpy(order)], "the permuted output differs by {}")


@law(instead="check the backward pass of what you wrote yourself; don't detach, round or index with floats")
def gradients_are_right(case: Case) -> None:
    """Gradients are those of finite differences, in float64."""
    module, graph = built(case).double(), small_graph(edges(case))
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
    out = built(case)(small_graph(edges(case)), x)
    hold(bool(torch.isfinite(out[LONELY]).all()), f"its row is {out[LONELY].tolist()}")
    out.square().sum().backward()
    hold(x.grad is not None and bool(torch.isfinite(x.grad).all()), "the gradient of the input isn't finite")


@law(instead="use graph.propagate, spmm, sddmm and edge_softmax, or test graph.dgl() on both kernels")
def both_kernels_agree(case: Case) -> None:
    """DGL's kernels and torch's give the same output and the same gradients, to 1e-5."""
    types = edges(case)
    needs_dgl(types)
    for weighted in weightings(case, built(case)):
        one, other = (
            _passed(case, small_graph(types, weighted=weighted, kernel=k)) for k in ("torch", "dgl")
        )
        for name in one:
            close(one[name], other[name], f"{name} differs by {{}} between the kernels")


@law(instead="let `linear` be False where a bias, an activation or an attention is in the way")
def linear_is_linear(case: Case) -> None:
    """Where `linear` is True, f(2x - 3y) = 2 f(x) - 3 f(y), whatever values its parameters have."""
    if not options(case).linear:
        raise Skip("it doesn't claim to be linear")
    module, graph = built(case), small_graph(edges(case))
    x, y = vectors(), vectors(key=1)
    for values in ("first", "other"):
        together, apart = module(graph, 2 * x - 3 * y), 2 * module(graph, x) - 3 * module(graph, y)
        close(together, apart, f"with {values} values of its parameters, off by {{}}")
        move(module)


@law(instead="let `propagates` be None, unless the module is graph.propagate(x, norm) by that very norm")
@torch.no_grad()
def propagates_is_true(case: Case) -> None:
    """Where `propagates` names a norm, the module has no parameters and gives `graph.propagate(x, norm)`, and
    the width stays."""
    layer = options(case)
    if layer.propagates is None:
        raise Skip("it doesn't claim to be `graph.propagate` alone")
    module = built(case).train()
    hold(not list(module.parameters()), "its module has parameters, which nothing would read")
    hold(layer.width(WIDTH, 1) == WIDTH, f"width({WIDTH}, 1) is {layer.width(WIDTH, 1)}")
    hold(layer.linear, "`linear` is False, and a product is linear")
    for weighted in weightings(case, module):
        graph, x = small_graph(edges(case), weighted=weighted), vectors()
        close(module(graph, x), graph.propagate(x, layer.propagates), "the output differs by {}")


@law(instead="pass messages along edges alone: a target is in `graph.rows`, its source in `graph.indices`")
def messages_follow_edges(case: Case) -> None:
    """A change of the node without edges moves no other node, and a change of a neighbour does."""
    module, graph = built(case), small_graph(edges(case))
    x, neighbour = vectors(), int(graph.indices[0])
    before = module(graph, x).detach()
    for changed, last, moves in ((LONELY, LONELY, False), (neighbour, 1, True)):
        other = x.clone()
        other[changed] = vectors(key=2)[changed]
        gap = float((module(graph, other).detach() - before)[:last].abs().max())
        hold((gap > 1e-5) == moves, f"a change of node {changed} moves the first {last} nodes by {gap:.2g}")


def _fitting(case: Case) -> Iterator[tuple[int, int, int]]:
    """Columns that come in, that are asked for, and that come out, where the layer doesn't refuse them."""
    for width, dim in _WIDTHS:
        try:
            yield width, dim, options(case).width(width, dim)
        except ValueError:
            continue


def _drawn(case: Case, width: int, dim: int) -> dict[str, torch.Tensor]:
    """Parameters and output of a layer that is built anew."""
    module = built(case, width, dim)
    return dict(module.named_parameters()) | {"the output": module(small_graph(edges(case)), vectors(width))}


def _passed(case: Case, graph: Graph) -> dict[str, torch.Tensor]:
    """Output and gradients of one pass, forward and backward."""
    module, x = built(case), vectors().requires_grad_()
    out = module(graph, x)
    weights = torch.randn(out.shape, generator=case.context.generator("contract.loss"))
    (out * weights).sum().backward()
    gradients = {f"the gradient of {n}": p.grad for n, p in module.named_parameters() if p.grad is not None}
    return {"the output": out, "the gradient of the input": x.grad} | gradients


KIND = modular(
    (
        shape_is_what_width_says,
        every_width_draws_from_its_own_stream,
        permuted_nodes_give_permuted_output,
        messages_follow_edges,
        gradients_are_right,
        a_node_without_edges_stays_finite,
        both_kernels_agree,
        linear_is_linear,
        propagates_is_true,
        attention_sums_to_one_over_a_nodes_edges,
        attention_belongs_to_its_edges,
        attention_agrees_on_both_kernels,
        what_edges_carry_moves_their_ends,
        other_edges_change_nothing,
        a_block_of_all_edges_gives_the_graphs_rows,
        fewer_edges_are_right_on_average,
    ),
    inputs,
    build,
    call,
)
