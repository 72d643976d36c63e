"""The laws of layers whose module has a method `attention(graph, x)`: what each edge weighs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from recbox.contract.case import Case
from recbox.contract.law import Skip, broken, hold, law
from recbox.contract.layered import built, close, edges, needs_dgl, weightings
from recbox.contract.toy_graph import NODES, small_graph, vectors
from recbox.kernel import Graph
from recbox.recommender import attends


@law(instead="return graph.edge_softmax(scores): float [e, heads], without dropout")
def attention_sums_to_one_over_a_nodes_edges(case: Case) -> None:
    """Where its module has `attention`, that gives float `[e, heads]` for the graph's e edges: finite, not
    below 0, and for each node and head the weights of its edges add up to 1."""
    layer = _attending(case)
    for _, graph in _graphs(case, layer):
        found = _asked(layer, graph, vectors())
        shaped = found.dim() == 2 and len(found) == graph.edges and found.shape[1] > 0
        hold(shaped, f"attention gives {list(found.shape)}, of {graph.edges} edges")
        hold(bool(torch.isfinite(found).all()), "some weights aren't finite")
        hold(float(found.min()) >= 0, f"a weight is {float(found.min()):.3g}")
        sums = torch.zeros(NODES, found.shape[1]).index_add(0, graph.rows, found.float())
        gap = float((sums[graph.count > 0] - 1).abs().max())
        hold(gap <= 1e-5, f"the weights of a node's edges add up to 1 with an error of {gap:.2g}")


@law(instead="the weight at place k is that of the edge from `graph.indices[k]` to `graph.rows[k]`")
def attention_belongs_to_its_edges(case: Case) -> None:
    """With nodes in another order each edge has the weight that it had; asked again, the same to the bit."""
    layer, x = _attending(case), vectors()
    order = np.random.default_rng(1).permutation(NODES)
    to = torch.from_numpy(np.argsort(order))
    for weighted, graph in _graphs(case, layer):
        found = _asked(layer, graph, x)
        hold(torch.equal(found, _asked(layer, graph, x)), "asked twice, it gives two answers")
        moved = small_graph(edges(case), weighted=weighted, order=order)
        place = torch.full((NODES, NODES), -1)
        place[moved.rows, moved.indices] = torch.arange(moved.edges)
        permuted = _asked(layer, moved, x[torch.from_numpy(order)])
        close(
            permuted[place[to[graph.rows], to[graph.indices]]], found, "of permuted nodes a weight is {} off"
        )


@law(instead="use graph.edge_softmax, or test graph.dgl() on both kernels")
def attention_agrees_on_both_kernels(case: Case) -> None:
    """DGL's kernels and torch's give each edge the same weight, to 1e-5."""
    layer, types = _attending(case), edges(case)
    needs_dgl(types)
    for weighted in weightings(case, layer):
        one, other = (
            _asked(layer, small_graph(types, weighted=weighted, kernel=kernel), vectors())
            for kernel in ("torch", "dgl")
        )
        close(one, other, "a weight differs by {} between the kernels")


def _attending(case: Case) -> nn.Module:
    layer = built(case)
    if not attends(layer):
        raise Skip("its module has no method `attention`")
    return layer


def _graphs(case: Case, layer: nn.Module) -> Iterator[tuple[bool, Graph]]:
    """Without weights and with them. In the union two relations of a pair are a weight too."""
    for weighted in weightings(case, layer):
        yield weighted, small_graph(edges(case), weighted=weighted)


@torch.no_grad()
def _asked(layer: nn.Module, graph: Graph, x: torch.Tensor) -> torch.Tensor:
    attention: Any = layer.attention
    found = attention(graph, x)
    if not isinstance(found, torch.Tensor):
        broken(f"attention gives a {type(found).__name__}")
    return found
