"""The graph: normalisation, edge types and their union, views, laws."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch

from recbox.errors import KernelError
from recbox.graph import CSR, Layout, interaction_csr, pair_csr, symmetric
from recbox.kernel import Graph, View
from recbox.kernel.kernel import Kernel


def build(kernel: Kernel, layout: Layout, csr: CSR, **more) -> Graph:
    return Graph.build(layout, {"interaction": csr}, kernel=kernel.name, **more)


def normalised(matrix: torch.Tensor, norm: str) -> torch.Tensor:
    degree = matrix.sum(1)
    inverse = torch.where(degree > 0, 1 / degree, 0)
    if norm == "sym":
        return inverse.sqrt()[:, None] * matrix * inverse.sqrt()
    return inverse[:, None] * matrix if norm == "row" else matrix


def test_a_case_by_hand(kernel: Kernel) -> None:
    """Users 0, 1, items 0, 1, 2: edges 0 – 0, 0 – 1, 1 – 1; item 2 has none."""
    csr = interaction_csr(np.array([0, 0, 1]), np.array([0, 1, 1]), 2, 3)
    g = build(kernel, Layout((("user", 2), ("item", 3))), csr)
    assert (g.nodes, g.edges, g.types) == (5, 6, ("interaction",))
    assert g.indptr.tolist() == [0, 2, 3, 4, 6, 6] and g.indices.tolist() == [2, 3, 3, 0, 0, 1]
    assert g.rows.tolist() == [0, 0, 1, 2, 3, 3] and g.reverse.tolist() == [3, 4, 5, 0, 1, 2]
    assert g.count.tolist() == [2, 1, 1, 2, 0] and g.degree.tolist() == [2, 1, 1, 2, 0]
    x = torch.arange(1.0, 6.0)[:, None]
    assert g.spmm(x).flatten().tolist() == [7, 4, 1, 3, 0]
    assert g.propagate(x, "row").flatten().tolist() == [3.5, 4, 1, 1.5, 0]
    sym = g.propagate(x).flatten()
    assert torch.allclose(sym, torch.tensor([3 / 2**0.5 + 2, 4 / 2**0.5, 1 / 2**0.5, 0.5 + 2**0.5, 0]))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("norm", ["sym", "row", "none"])
def test_propagation_equals_the_dense_product(
    kernel: Kernel, layout, interactions, dense, norm: str, weighted: bool
) -> None:
    g = build(kernel, layout, interactions(weighted=weighted))
    matrix = normalised(dense(g), norm)
    x = torch.randn(g.nodes, 6, requires_grad=True)
    y = g.propagate(x, norm)
    assert torch.allclose(y.double(), matrix @ x.double(), atol=1e-6)
    up = torch.randn_like(y)
    y.backward(up)
    assert torch.allclose(x.grad.double(), matrix.T @ up.double(), atol=1e-6)
    assert torch.isfinite(y).all() and not y[g.count == 0].any()


def test_a_node_that_only_receives_counts_in_no_degree_but_its_own(kernel: Kernel) -> None:
    """Nodes 0 and 1 are linked, and 2 receives from both: one way, their degrees are 1, and 2's is 2. Where
    degrees are those of what a node sends, theirs would be 2."""
    layout = Layout((("user", 3), ("item", 0)))
    csr = CSR(np.array([0, 1, 2, 4]), np.array([1, 0, 0, 1]), None, None, 3)
    x = torch.tensor([[1.0], [10.0], [100.0]])
    one_way = build(kernel, layout, csr, one_way=True)
    assert one_way.propagate(x).flatten().tolist() == pytest.approx([10, 1, 11 / 2**0.5])
    assert one_way["interaction"].propagate(x).flatten().tolist() == pytest.approx([10, 1, 11 / 2**0.5])
    assert build(kernel, layout, csr).propagate(x).flatten()[2].item() == pytest.approx(11 / 2)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("norm", ["sym", "row"])
def test_a_directed_structure_uses_the_degrees_of_both_ends(
    kernel: Kernel, layout, interactions, dense, norm: str, weighted: bool
) -> None:
    csr = interactions(weighted=weighted)
    half = np.repeat(np.arange(csr.rows), np.diff(csr.indptr)) < 25
    indptr = np.concatenate([[0], np.cumsum(half)])[csr.indptr]
    weight = None if csr.weight is None else csr.weight[half]
    g = build(kernel, layout, CSR(indptr, csr.indices[half], weight, None, csr.columns))
    matrix = dense(g)
    left, right = matrix.sum(1), matrix.sum(0)
    if norm == "sym":
        matrix = left.pow(-0.5).nan_to_num(posinf=0)[:, None] * matrix * right.pow(-0.5).nan_to_num(posinf=0)
    else:
        matrix = (1 / left).nan_to_num(posinf=0)[:, None] * matrix
    x = torch.randn(g.nodes, 3, requires_grad=True)
    g.propagate(x, norm).square().sum().backward()
    exact = 2 * matrix.T @ (matrix @ x.detach().double())
    assert torch.allclose(x.grad.double(), exact, atol=1e-5)


def test_bf16_propagation_rounds_little(graph: Graph) -> None:
    x = torch.randn(graph.nodes, 8)
    out = graph.propagate(x.bfloat16())
    assert out.dtype == torch.bfloat16
    error = (out.float() - graph.propagate(x)).abs()
    assert (error <= 3 * 2**-8 * graph.propagate(x.abs()) + 1e-6).all()


def test_permuted_nodes_give_permuted_output(kernel: Kernel, layout) -> None:
    draw = np.random.default_rng(3)
    user, item = draw.integers(0, 25, 80), draw.integers(0, 15, 80)
    users, items = draw.permutation(25), draw.permutation(15)
    g = build(kernel, layout, interaction_csr(user, item, 25, 15))
    other = build(kernel, layout, interaction_csr(users[user], items[item], 25, 15))
    place = torch.from_numpy(np.concatenate([users, items + 25]))
    x = torch.randn(40, 4)
    moved = torch.empty_like(x)
    moved[place] = x
    assert torch.allclose(other.propagate(moved)[place], g.propagate(x), atol=1e-6)


def test_kernels_agree_on_the_same_graph(both, layout, interactions) -> None:
    x = torch.randn(40, 8)
    outs = [build(k, layout, interactions(weighted=True)).propagate(x) for k in both]
    assert torch.allclose(*outs, atol=1e-6)


LAYOUT = Layout((("user", 3), ("item", 2)))
EDGES = {
    "view": interaction_csr(np.array([0, 1, 2]), np.array([0, 0, 1]), 3, 2),
    "buy": interaction_csr(np.array([0]), np.array([0]), 3, 2, np.array([2.0])),
    "trust": pair_csr(np.array([0]), np.array([1]), 5).csr,
}


def test_the_union_adds_weights_of_the_same_pair(kernel: Kernel, dense) -> None:
    g = Graph.build(LAYOUT, EDGES, kernel=kernel.name, scale={"buy": 3.0, "trust": 0.5})
    expected = dense(g["view"]) + 3 * dense(g["buy"]) + 0.5 * dense(g["trust"])
    assert torch.equal(dense(g), expected)
    assert dense(g)[0].tolist() == [0, 0.5, 0, 7, 0]
    assert torch.equal(g.indices[g.reverse], g.rows) and torch.equal(g.rows[g.reverse], g.indices)
    assert g.types == ("view", "buy", "trust") and g["buy"].types == ("buy",) and g["view"].weight is None
    assert g["view"] is g["view"]


def test_a_plain_union_has_no_weights_to_carry(kernel: Kernel) -> None:
    edges = {"view": EDGES["view"], "trust": EDGES["trust"]}
    assert Graph.build(LAYOUT, edges, kernel=kernel.name).weight is None


def test_views_of_the_union_reach_each_type(kernel: Kernel, dense) -> None:
    g = Graph.build(LAYOUT, EDGES, kernel=kernel.name)
    keep = ~((g.rows == 0) & (g.indices == 3) | (g.rows == 3) & (g.indices == 0))
    seen = g.view(View(keep=keep))
    assert (
        dense(seen["view"]).sum() == 4 and dense(seen["buy"]).sum() == 0 and dense(seen["trust"]).sum() == 2
    )
    assert torch.equal(dense(seen), dense(seen["view"]) + dense(seen["buy"]) + dense(seen["trust"]))
    gone = seen.view(View(drop=torch.tensor([False, True, False, False, False])))
    assert dense(gone["view"]).sum() == 2 and dense(gone["trust"]).sum() == 0
    assert gone["view"].reverse.tolist() == [1, 0]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_a_view_equals_the_graph_built_again(
    kernel: Kernel, layout, interactions, seed: int, weighted: bool
) -> None:
    csr = interactions(seed=seed, weighted=weighted)
    g = build(kernel, layout, csr)
    draw = torch.Generator().manual_seed(seed)
    mask = g.edge_dropout(0.4, draw).keep
    drop = g.node_dropout(0.2, draw).drop
    seen = g.view(View(mask, drop))
    left = mask & ~drop[g.rows] & ~drop[g.indices] & (g.rows < 25)
    pairs = g.rows[left].numpy(), g.indices[left].numpy() - 25
    again = build(
        kernel, layout, interaction_csr(*pairs, 25, 15, None if g.weight is None else g.weight[left].numpy())
    )
    for name in ("indptr", "indices", "reverse", "degree", "rows"):
        assert torch.equal(getattr(seen, name), getattr(again, name)), name
    x = torch.randn(g.nodes, 4)
    assert torch.equal(seen.propagate(x), again.propagate(x))
    assert (seen.weight is None) == (not weighted)


def test_both_directions_of_an_edge_are_dropped_together(graph: Graph) -> None:
    draw = torch.Generator().manual_seed(0)
    for _ in range(20):
        keep = graph.edge_dropout(0.5, draw).keep
        assert torch.equal(keep, keep[graph.reverse])


def test_dropout_keeps_the_share_and_repeats_by_seed(kernel: Kernel, interactions) -> None:
    g = build(kernel, Layout((("user", 200), ("item", 200))), interactions(200, 200, 8000))
    keep = g.edge_dropout(0.3, torch.Generator().manual_seed(5)).keep
    assert abs(keep.float().mean() - 0.7) < 0.03
    assert torch.equal(keep, g.edge_dropout(0.3, torch.Generator().manual_seed(5)).keep)
    assert g.edge_dropout(0.0, torch.Generator()).keep.all()
    assert not g.edge_dropout(1.0, torch.Generator()).keep.any()


def test_an_empty_view_changes_nothing(graph: Graph) -> None:
    assert graph.view(View()) is graph


def test_a_view_is_made_once_for_as_long_as_it_is_there(graph: Graph) -> None:
    view = graph.edge_dropout(0.5, torch.Generator().manual_seed(0))
    made = graph.view(view)
    assert graph.view(view) is made
    gone = weakref.ref(made)
    del view, made
    gc.collect()
    assert gone() is None


def test_a_view_by_layers_leaves_a_graph_for_each(graph: Graph) -> None:
    first, second = (graph.edge_dropout(0.5, torch.Generator().manual_seed(n)) for n in (0, 1))
    for found, view in zip(graph.views(View(layers=(first, second)), 2), (first, second)):
        assert found is graph.view(view)
    assert graph.views(first, 3) == [graph.view(first)] * 3
    assert graph.views(View(), 0) == []


def test_a_view_by_layers_that_fits_nothing_is_refused(graph: Graph) -> None:
    view = View(layers=(View(), View()))
    with pytest.raises(KernelError, match="no one graph"):
        graph.view(view)
    with pytest.raises(KernelError, match="the view is of 2 layers"):
        graph.views(view, 3)
    mixed = View(keep=torch.ones(graph.edges, dtype=torch.bool), layers=(View(),))
    with pytest.raises(KernelError, match="masks beside"):
        graph.views(mixed, 1)


def test_a_view_without_edges_gives_zeros(graph: Graph) -> None:
    bare = graph.view(View(keep=torch.zeros(graph.edges, dtype=torch.bool)))
    assert bare.edges == 0 and not bare.propagate(torch.randn(graph.nodes, 3)).any()


def test_a_view_of_another_graph_or_of_one_direction_is_refused(graph: Graph) -> None:
    with pytest.raises(KernelError, match="the graph has"):
        graph.view(View(keep=torch.ones(3, dtype=torch.bool)))
    with pytest.raises(KernelError, match="the graph has"):
        graph.view(View(drop=torch.zeros(graph.nodes)))
    keep = torch.ones(graph.edges, dtype=torch.bool)
    keep[0] = False
    with pytest.raises(KernelError, match="one direction"):
        graph.view(View(keep=keep))
    with pytest.raises(KernelError, match="share between 0 and 1"):
        graph.edge_dropout(1.5, torch.Generator())


def test_a_graph_is_built_of_sound_square_structures_alone(layout, interactions) -> None:
    csr = interactions()
    with pytest.raises(KernelError, match="edge type 'buy', row"):
        Graph.build(layout, {"buy": CSR(csr.indptr, csr.indices[::-1], columns=csr.columns)})
    with pytest.raises(KernelError, match="the layout has 41 nodes"):
        Graph.build(Layout((("user", 26), ("item", 15))), {"buy": csr})
    with pytest.raises(KernelError, match="at least one edge type"):
        Graph.build(layout, {})
    with pytest.raises(KernelError, match="did you mean 'buy'"):
        Graph.build(layout, {"buy": csr}, scale={"bay": 2.0})
    with pytest.raises(KernelError, match="did you mean 'buy'"):
        Graph.build(layout, {"buy": csr})["by"]
    with pytest.raises(KernelError, match="no normalisation"):
        Graph.build(layout, {"buy": csr}).propagate(torch.randn(40, 2), "left")


def test_dgl_graphs_for_authors(kernel: Kernel, layout, interactions) -> None:
    if kernel.name == "torch":
        pytest.skip("DGL's graph is the same on either kernel")
    g = build(kernel, layout, interactions(weighted=True))
    graph = g.dgl()
    source, target = graph.edges(order="eid")
    assert torch.equal(source, g.indices) and torch.equal(target, g.rows)
    assert torch.equal(graph.edata["weight"], g.weight)
    graph.ndata["mine"] = torch.zeros(g.nodes)
    assert "mine" not in g.dgl().ndata


def _relations() -> CSR:
    """Nodes 0 – 1 by the relations 0 and 2, 0 – 2 by 1; every edge has a number of its own."""
    indptr, indices = np.array([0, 3, 5, 6]), np.array([1, 1, 2, 0, 0, 0])
    relation, reverse = np.array([0, 2, 1, 0, 2, 1]), np.array([3, 4, 5, 0, 1, 2])
    return CSR(indptr, indices, None, reverse, 3, {"relation": relation, "number": np.arange(6.0)[:, None]})


def test_a_pair_may_be_there_once_for_each_relation_and_counts_as_often_in_the_union(kernel: Kernel) -> None:
    graph = Graph.build(Layout((("user", 3),)), {"knowledge": _relations()}, kernel=kernel.name)
    assert (graph.edges, graph["knowledge"].edges) == (4, 6)
    assert graph.weight is not None and graph.weight.tolist() == [2.0, 1.0, 2.0, 1.0]
    x = torch.eye(3)
    assert torch.equal(graph["knowledge"].spmm(x), graph.propagate(x, "none"))
    assert torch.equal(graph["knowledge"].spmm(x), torch.tensor([[0.0, 2, 1], [2, 0, 0], [1, 0, 0]]))
    weight = torch.tensor([1.0, 10, 100, 1, 10, 100])
    assert graph["knowledge"].spmm(x, weight)[0].tolist() == [0, 11, 100]


def test_what_is_known_of_edges_follows_a_view(kernel: Kernel) -> None:
    other = symmetric(np.array([1]), np.array([2]), 3)
    graph = Graph.build(
        Layout((("user", 3),)), {"knowledge": _relations(), "more": other}, kernel=kernel.name
    )
    keep = ~((graph.rows == 0) & (graph.indices == 1) | (graph.rows == 1) & (graph.indices == 0))
    left = graph.view(View(keep=keep))["knowledge"]
    assert left.edge["relation"].tolist() == [1, 1] and left.edge["number"].flatten().tolist() == [2.0, 5.0]
    assert graph["more"].edge == {} and graph.edge == {}


def test_the_same_pair_twice_in_one_relation_is_refused() -> None:
    csr = replace(_relations(), edge={"relation": np.array([0, 0, 1, 0, 2, 1])})
    with pytest.raises(KernelError, match="repeats node 1"):
        Graph.build(Layout((("user", 3),)), {"knowledge": csr}, kernel="torch")
    for wrong in (np.arange(5), np.full(6, np.nan)):
        csr = replace(_relations(), edge={**_relations().edge, "number": wrong})
        with pytest.raises(KernelError, match="number"):
            Graph.build(Layout((("user", 3),)), {"knowledge": csr}, kernel="torch")
