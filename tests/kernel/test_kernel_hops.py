"""Several hops as one step of autograd give what so many products give, gradients among it."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch

from recbox.graph import CSR, Layout
from recbox.kernel import Graph
from recbox.kernel.kernel import Kernel

NORMS = ("sym", "row", "none")


def one_by_one(graph: Graph, x: torch.Tensor, count: int, norm: str) -> list[torch.Tensor]:
    found = [x]
    for _ in range(count):
        found.append(graph.propagate(found[-1], norm))
    return found


def built(kernel: Kernel, csr: CSR, layout: Layout) -> Graph:
    return Graph.build(layout, {"interaction": csr}, kernel=kernel.name)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("read", [(0, 1, 2, 3), (3,), (0, 1, 3), (2,), (0,)], ids=str)
def test_hops_and_their_gradients_are_those_of_single_products(
    kernel: Kernel, layout, interactions, norm: str, weighted: bool, read: tuple[int, ...]
) -> None:
    """Also where only some hops are read, and where two are given one gradient, as by a mean."""
    graph = built(kernel, interactions(weighted=weighted), layout)
    x = torch.randn(graph.nodes, 6, dtype=torch.float64)
    up = [torch.randn_like(x), *[torch.randn_like(x)] * 2, torch.randn_like(x)]
    results = []
    for make in (lambda y: graph.hops(y, 3, norm), lambda y: one_by_one(graph, y, 3, norm)):
        y = x.clone().requires_grad_()
        found = make(y)
        results.append([*found, *torch.autograd.grad([found[i] for i in read], y, [up[i] for i in read])])
    for own, other in zip(*results, strict=True):
        torch.testing.assert_close(own, other, rtol=1e-6, atol=1e-6)


def test_the_mean_of_hops_gives_the_gradient_of_a_dense_polynomial(graph: Graph, dense) -> None:
    """`(x + Âx + Â²x) / 3`: its gradient is `(1 + Â + Â²) g / 3`."""
    a = dense(graph)
    scale = a.sum(1).clamp_min(1).rsqrt()
    a = scale[:, None] * a * scale
    x = torch.randn(graph.nodes, 4, dtype=torch.float64, requires_grad=True)
    g = torch.randn_like(x)
    (torch.stack(graph.hops(x, 2)).mean(0) * g).sum().backward()
    torch.testing.assert_close(x.grad, (g + a @ g + a @ (a @ g)) / 3, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("norm", NORMS)
def test_a_directed_structure_sends_gradients_back_along_its_edges(
    kernel: Kernel, bipartite, norm: str
) -> None:
    square = bipartite(20, 20)
    csr = CSR(square.indptr.numpy(), square.indices.numpy(), columns=20)
    graph = built(kernel, csr, Layout((("user", 12), ("item", 8))))
    x = torch.randn(20, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda y: graph.hops(y, 2, norm)[2], x)
    torch.testing.assert_close(graph.hops(x, 2, norm), one_by_one(graph, x, 2, norm))


def test_gradients_of_gradients(graph: Graph) -> None:
    x = torch.randn(graph.nodes, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda y: tuple(h.square() for h in graph.hops(y, 2)), x)


def test_bf16_rounds_little_and_keeps_the_type(graph: Graph) -> None:
    x = torch.randn(graph.nodes, 32)
    for own, exact in zip(graph.hops(x, 3, bf16=True), graph.hops(x, 3), strict=True):
        assert own.dtype == torch.float32
        assert (own - exact).norm() < 0.01 * exact.norm()


def test_nothing_that_is_handed_in_is_changed(graph: Graph) -> None:
    for norm in NORMS:
        x = torch.randn(graph.nodes, 4, requires_grad=True)
        before = x.detach().clone()
        found = graph.hops(x, 3, norm)
        kept = [h.detach().clone() for h in found]
        up = [torch.ones_like(x)] * 4
        torch.autograd.grad(found, x, up)
        assert torch.equal(x, before) and all(torch.equal(*pair) for pair in zip(found, kept))
        assert bool((up[0] == 1).all())


SOME = torch.tensor([7, 0, 31, 12, 39])
"""Nodes in no order."""


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_the_rows_of_some_nodes_are_those_of_all(
    kernel: Kernel, layout, interactions, norm: str, weighted: bool, count: int
) -> None:
    """With the same gradients, whichever hops are read."""
    graph = built(kernel, interactions(weighted=weighted), layout)
    x = torch.randn(graph.nodes, 6, dtype=torch.float64, requires_grad=True)
    some, whole = graph.hops(x, count, norm, nodes=SOME), [h[SOME] for h in graph.hops(x, count, norm)]
    torch.testing.assert_close(some, whole, rtol=1e-6, atol=1e-6)
    up = [torch.randn_like(h) for h in some]
    for read in {(0,), (count,), (0, count), tuple(range(count + 1))}:
        own, other = (
            torch.autograd.grad([found[i] for i in read], x, [up[i] for i in read], retain_graph=True)
            for found in (some, whole)
        )
        torch.testing.assert_close(own, other, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("norm", NORMS)
def test_some_nodes_of_a_directed_structure(kernel: Kernel, bipartite, norm: str) -> None:
    square = bipartite(20, 20)
    csr = CSR(square.indptr.numpy(), square.indices.numpy(), columns=20)
    graph = built(kernel, csr, Layout((("user", 12), ("item", 8))))
    x = torch.randn(20, 3, dtype=torch.float64, requires_grad=True)
    nodes = torch.tensor([19, 3, 10])
    assert torch.autograd.gradcheck(lambda y: graph.hops(y, 3, norm, nodes=nodes), x)
    whole = [h[nodes] for h in graph.hops(x, 3, norm)]
    torch.testing.assert_close(graph.hops(x, 3, norm, nodes=nodes), whole)


def test_some_nodes_have_gradients_of_gradients(graph: Graph) -> None:
    x = torch.randn(graph.nodes, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda y: tuple(h.square() for h in graph.hops(y, 2, nodes=SOME)), x)


def test_some_nodes_in_bf16(graph: Graph) -> None:
    x = torch.randn(graph.nodes, 32, requires_grad=True)
    found = [graph.hops(x, 3, bf16=narrow, nodes=SOME) for narrow in (True, False)]
    for own, exact in zip(*found, strict=True):
        assert own.dtype == torch.float32
        assert (own - exact).norm() < 0.01 * exact.norm()
    up = [torch.ones_like(h) for h in found[0]]
    own, exact = (torch.autograd.grad(h, x, up)[0] for h in found)
    assert own.dtype == torch.float32
    assert (own - exact).norm() < 0.01 * exact.norm()


def test_no_nodes_and_nothing_changed(graph: Graph) -> None:
    x = torch.randn(graph.nodes, 4, requires_grad=True)
    before, nothing = x.detach().clone(), torch.empty(0, dtype=torch.int64)
    assert [h.shape for h in graph.hops(x, 2, nodes=nothing)] == [(0, 4)] * 3
    found = graph.hops(x, 2, nodes=SOME)
    kept, up = [h.detach().clone() for h in found], [torch.ones(len(SOME), 4)] * 3
    torch.autograd.grad(found, x, up)
    assert torch.equal(x, before) and all(torch.equal(*pair) for pair in zip(found, kept))
    assert bool((up[0] == 1).all())


def test_what_was_made_for_some_nodes_is_free_at_once(graph: Graph) -> None:
    """Without looking for circles, which would be found at some later time."""
    gc.collect()
    gc.disable()
    try:
        scale = graph._scale("sym").at(SOME)
        left = [weakref.ref(each) for each in (scale, scale.structure, scale.transposed.structure)]
        del scale
        assert [each() for each in left] == [None] * 3
    finally:
        gc.enable()


@pytest.mark.parametrize("nodes", [None, SOME], ids=["all", "some"])
def test_parts_are_as_good_as_the_whole(graph: Graph, nodes: torch.Tensor | None) -> None:
    parts = [torch.randn(n, 3, dtype=torch.float64, requires_grad=True) for n in (25, 0, 15)]
    together, apart = graph.hops(torch.cat(parts), 2, nodes=nodes), graph.hops(parts, 2, nodes=nodes)
    torch.testing.assert_close(apart, together)
    up = [torch.randn_like(h) for h in apart]
    torch.testing.assert_close(*(torch.autograd.grad(found, parts, up) for found in (apart, together)))


def test_a_view_is_free_when_its_step_is_over(graph: Graph) -> None:
    """As `edge_dropout` has one in each step."""
    gc.collect()
    gc.disable()
    try:
        view = graph.edge_dropout(0.5, torch.Generator().manual_seed(0))
        part = graph.view(view)
        x = torch.randn(graph.nodes, 2, requires_grad=True)
        part.hops(x, 2, nodes=SOME)[2].sum().backward()
        left = weakref.ref(part._whole.structure)
        del view, part
        assert left() is None
    finally:
        gc.enable()
