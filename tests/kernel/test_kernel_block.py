"""Blocks of a graph: a case worked by hand, draws that are even and repeat, and products as the graph's."""

from __future__ import annotations

import pytest
import torch

from recbox.errors import KernelError
from recbox.graph import Layout, interaction_csr
from recbox.kernel import Graph, View, blocks_of
from recbox.kernel.sampling import subsets

ALL = 1000


def stream(key: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(key)


@pytest.fixture
def six(kernel) -> Graph:
    """Users 0, 1, 2 and items 3, 4, 5. User 0 has all three items, user 1 items 3 and 4, user 2 nothing, so
    degrees are 3, 2, 0 and 2, 2, 1."""
    user, item = (torch.tensor(x).numpy() for x in ([0, 0, 0, 1, 1], [0, 1, 2, 0, 1]))
    csr = interaction_csr(user, item, 3, 3)
    return Graph.build(Layout((("user", 3), ("item", 3))), {"interaction": csr}, kernel=kernel.name)


def test_six_nodes_by_hand(six):
    """Of user 0's three items two are drawn: each counts 3/2 of its edge. User 1 has both."""
    x = torch.tensor([[0.0], [0.0], [0.0], [1.0], [10.0], [100.0]])
    block, sources = six.block(torch.tensor([2, 0, 1]), 2, stream())
    assert sources[:3].tolist() == [2, 0, 1]
    assert (block.nodes, block.edges, block.count.tolist()) == (3, 4, [0, 2, 2])
    assert block.degree.tolist() == [0, 3, 2]
    drawn = sources[block.indices[:2]].tolist()
    value, root = {3: 1.0, 4: 10.0, 5: 100.0}, {3: 6**0.5, 4: 6**0.5, 5: 3**0.5}
    sym = sum(1.5 * value[i] / root[i] for i in drawn)
    assert block.propagate(x[sources])[:, 0].tolist() == pytest.approx([0, sym, 11 / 2])
    row = sum(1.5 * value[i] for i in drawn) / 3
    assert block.propagate(x[sources], "row")[:, 0].tolist() == pytest.approx([0, row, 11 / 2])
    plain = sum(1.5 * value[i] for i in drawn)
    assert block.propagate(x[sources], "none")[:, 0].tolist() == pytest.approx([0, plain, 11])
    assert block.spmm(x[sources], block.weight)[:, 0].tolist() == pytest.approx([0, plain, 11])
    assert block.weight.tolist() == [1.5, 1.5, 1, 1]


def test_each_set_of_neighbours_is_as_likely():
    """All ten pairs of five, and each of two and one of one, in 10,000 draws: within five deviations."""
    length = torch.tensor([5, 2]).repeat_interleave(10_000)
    one, other = subsets(length, 2, stream()).sort(0).values
    pairs = (one * 5 + other)[:10_000].bincount(minlength=25)
    assert bool((one < other).all())
    assert int((pairs > 0).sum()) == 10
    assert bool(((pairs[pairs > 0] - 1000).abs() < 5 * 900**0.5).all())
    assert one[10_000:].unique().tolist() == [0]


@pytest.mark.parametrize("norm", ["sym", "row", "none"])
@pytest.mark.parametrize("weighted", [False, True])
def test_with_all_neighbours_products_and_gradients_are_the_graphs(
    norm, weighted, kernel, interactions, layout
):
    graph = Graph.build(layout, {"interaction": interactions(weighted=weighted)}, kernel=kernel.name)
    nodes, x = torch.tensor([7, 30, 24, 0, 39]), torch.randn(40, 8, generator=stream()).requires_grad_()
    block, sources = graph.block(nodes, ALL, stream())
    out, expected = block.propagate(x[sources], norm), graph.propagate(x, norm)[nodes]
    assert torch.allclose(out, expected, atol=1e-5)
    one, other = (torch.autograd.grad(y.square().sum(), x)[0] for y in (out, expected))
    assert torch.allclose(one, other, atol=1e-4)


@pytest.mark.parametrize("weighted", [False, True])
def test_draws_are_the_streams_and_no_kernels_nor_threads(weighted, both, interactions, layout):
    drawn = []
    before = torch.get_num_threads()
    for kernel, threads in ((both[0], 1), (both[1], 1), (both[1], 2)):
        torch.set_num_threads(threads)
        csr = interactions(weighted=weighted)
        graph = Graph.build(layout, {"interaction": csr}, kernel=kernel.name)
        for _ in range(2):
            blocks, sources = blocks_of(graph, torch.arange(0, 40, 3), (2, 3), stream(5))
            drawn.append([sources, *(t for b in blocks for t in (b.indptr, b.indices))])
    torch.set_num_threads(before)
    for other in drawn[1:]:
        assert all(torch.equal(a, b) for a, b in zip(drawn[0], other, strict=True))


def test_blocks_fit_each_other(graph):
    """The sources of a block are the nodes of the one outside it, and edges are the graph's, none twice."""
    nodes = torch.tensor([3, 28, 11])
    (outer, inner), sources = blocks_of(graph, nodes, (2, 3), stream())
    assert sources[:3].tolist() == nodes.tolist()
    assert len(sources.unique()) == len(sources)
    assert inner.nodes == 3
    own = set(zip(graph.rows.tolist(), graph.indices.tolist()))
    for block, most in ((outer, 3), (inner, 2)):
        pairs = list(zip(sources[block.rows].tolist(), sources[block.indices].tolist()))
        assert len(set(pairs)) == len(pairs)
        assert set(pairs) <= own
        assert block.count.tolist() == graph.count[sources[: block.nodes]].clamp_max(most).tolist()
        within = torch.diff(block.indices)[torch.diff(block.rows) == 0]
        assert bool((within > 0).all()), "ascending within a row, as DGL's products need"


def test_a_block_of_nothing_is_empty(graph):
    block, sources = graph.block(torch.empty(0, dtype=torch.int64), 3, stream())
    assert (block.nodes, block.edges, len(sources)) == (0, 0, 0)
    assert block.propagate(torch.zeros(0, 4)).shape == (0, 4)


def test_a_block_has_no_views_and_no_types(graph):
    block, _ = graph.block(torch.tensor([3, 28]), 2, stream())
    with pytest.raises(KernelError, match="no views"):
        block.view(View())
    with pytest.raises(KernelError, match="no edge type"):
        block["interaction"]
