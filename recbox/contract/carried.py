"""The law of layers that read what edges carry."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from recbox.contract.case import Case
from recbox.contract.law import Skip, hold, law
from recbox.contract.layered import Inputs, build, close, edges, move, needs_dgl, options
from recbox.contract.toy_graph import NODES, small_graph, vectors

_NUMBERS = tuple((7 * i) % 11 / 4 for i in range(22))
"""What edges carry: as many as the interactions have directed edges."""


@law(instead='read graph[type].edge["feature"] of each edge, or let `reads_edges` be False')
def what_edges_carry_moves_their_ends(case: Case) -> None:
    """Where `reads_edges` is True: what an edge carries, changed, moves the node that it ends at, for some
    parameters, and no other node; and both kernels give the same."""
    if not options(case).reads_edges:
        raise Skip("it doesn't claim to read what edges carry")
    types = edges(case)
    graph = small_graph(types, carried=_NUMBERS)
    module = build(case, case.context, Inputs(graph, vectors())).eval()
    move(module)
    before = _rows(module, types, _NUMBERS, "torch")
    for edge in range(int(graph.indptr[1])):
        changed = list(_NUMBERS)
        changed[edge] += 2.0
        moved = (_rows(module, types, changed, "torch") - before).abs().amax(1) > 1e-6
        others = torch.arange(NODES)[moved & (torch.arange(NODES) != 0)].tolist()
        if not types:  # the numbers of other types would change too
            hold(not others, f"what an edge of node 0 carries moves {others}")
        hold(bool(moved[0]), f"what edge {edge} carries doesn't move node 0, at which it ends")
    needs_dgl(types)
    close(_rows(module, types, _NUMBERS, "dgl"), before, "the output differs by {} between the kernels")


@torch.no_grad()
def _rows(module: nn.Module, types: frozenset[str], carried: Sequence[float], kernel: str) -> torch.Tensor:
    out: torch.Tensor = module(small_graph(types, kernel=kernel, carried=carried), vectors())
    return out
