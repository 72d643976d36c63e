"""The laws of layers that are trained with `propagation: sampled`, on blocks of a graph."""

from __future__ import annotations

import torch
from torch import nn

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.law import Skip, hold, law
from recbox.contract.layered import built, close, edges, options, weightings
from recbox.contract.toy_graph import LONELY, NODES, small_graph, vectors
from recbox.kernel import Graph

SOME = (3, 0, 7, LONELY, 5)
"""Nodes of a block, in no order."""
DRAWS = 300


@law(instead="give a row for each of `graph.nodes`, the first of x; edges say by `graph.indices` where in x")
def a_block_of_all_edges_gives_the_graphs_rows(case: Case) -> None:
    """Where `sampled` is True: a block with all edges of some nodes gives the rows that the graph gives them,
    and the same gradients of the input."""
    module, types = _sampled(case), edges(case)
    for weighted in weightings(case, module):
        graph, x = small_graph(types, weighted=weighted), vectors().requires_grad_()
        whole, some = module(graph, x)[torch.tensor(SOME)], _over(module, graph, x, NODES)
        hold(some.shape == whole.shape, f"a block of {len(SOME)} nodes gives {list(some.shape)}")
        close(some, whole, "the block's rows differ by {}")
        one, other = (torch.autograd.grad(out.square().sum(), x)[0] for out in (whole, some))
        close(other, one, "the gradient of the input differs by {}")


@law(instead="take edges by graph.propagate, or times graph.weight: for how many each stands is in there")
@torch.no_grad()
def fewer_edges_are_right_on_average(case: Case) -> None:
    """Where `sampled` and `linear` are True: blocks of one edge a node give on average what the graph gives,
    within six standard errors over 300 draws."""
    module, types = _sampled(case), edges(case)
    if not options(case).linear:
        raise Skip("it doesn't claim to be linear")
    for weighted in weightings(case, module):
        graph, x = small_graph(types, weighted=weighted), vectors()
        drawn = torch.stack([_over(module, graph, x, 1, key) for key in range(DRAWS)])
        error = (drawn.mean(0) - module(graph, x)[torch.tensor(SOME)]).abs()
        gap = float((error - 6 * drawn.std(0) / DRAWS**0.5).max())
        hold(gap <= 1e-5, f"the mean of {DRAWS} draws is off by up to {float(error.max()):.2g}")


def _over(module: nn.Module, graph: Graph, x: torch.Tensor, fanout: int, key: int = 0) -> torch.Tensor:
    """What the layer gives `SOME` over a block of the graph."""
    stream = Context().generator("contract.block", key)
    block, sources = graph.block(torch.tensor(SOME), fanout, stream)
    out: torch.Tensor = module(block, x[sources])
    return out


def _sampled(case: Case) -> nn.Module:
    if not options(case).sampled:
        raise Skip("it doesn't claim to work on blocks")
    return built(case)
