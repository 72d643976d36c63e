"""On an accelerator every product gives what it gives on the processor, gradients among it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from recbox.kernel import Graph, top_k

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")

Products = Callable[[Graph, torch.Tensor], torch.Tensor]
WEIGHT = torch.rand(180, generator=torch.Generator().manual_seed(1))


def weight(g: Graph) -> torch.Tensor:
    return WEIGHT.to(g.device, torch.float64)


PRODUCTS: dict[str, Products] = {
    "sum": lambda g, x: g.spmm(x),
    "weighted sum": lambda g, x: g.spmm(x, weight(g)),
    "weighted sum of heads": lambda g, x: g.spmm(x.view(g.nodes, 2, -1), weight(g)),
    "dot": lambda g, x: g.sddmm(x, x.sin()),
    "softmax": lambda g, x: g.edge_softmax(g.sddmm(x, x)),
    "symmetric": lambda g, x: g.propagate(x, "sym"),
    "rows": lambda g, x: g.propagate(x, "row"),
    "hops": lambda g, x: torch.stack(g.hops(x, 3)),
    "hops at nodes": lambda g, x: torch.stack(g.hops(x, 3, nodes=torch.tensor([0, 3, 30], device=g.device))),
    "view": lambda g, x: g.view(g.edge_dropout(0.3, torch.Generator().manual_seed(0))).propagate(x),
}


@pytest.fixture
def pair(interactions, layout) -> Callable[..., tuple[Graph, Graph]]:
    """The same graph on the processor and on the device."""
    return lambda **how: tuple(
        Graph.build(layout, {"interaction": interactions(**how)}, device=device) for device in ("cpu", "cuda")
    )


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", PRODUCTS)
def test_products_and_their_gradients(pair, name: str, weighted: bool) -> None:
    x = torch.randn(40, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    results = []
    for graph in pair(weighted=weighted):
        own = x.to(graph.device).requires_grad_()
        out = PRODUCTS[name](graph, own)
        assert out.device == graph.device
        (up,) = torch.autograd.grad(out.square().sum(), own)
        results.append((out.detach().cpu(), up.cpu()))
    for here, there in zip(*results, strict=True):
        torch.testing.assert_close(there, here, rtol=1e-6, atol=1e-6)


def test_blocks_are_drawn_alike(pair) -> None:
    """Draws come from the generator of the processor: a run is the same blocks anywhere."""
    drawn = []
    for graph in pair():
        nodes = torch.tensor([1, 7, 26], device=graph.device)
        block, sources = graph.block(nodes, 2, torch.Generator().manual_seed(3))
        x = torch.arange(40.0, device=graph.device)[sources][:, None]
        drawn.append((sources.cpu(), block.propagate(x).cpu()))
    torch.testing.assert_close(drawn[1], drawn[0])


def test_the_best_of_a_row_with_ties() -> None:
    scores = torch.randn(64, 500, generator=torch.Generator().manual_seed(0)).round(decimals=1)
    value, place = top_k(scores, 20)
    device_value, device_place = top_k(scores.to("cuda"), 20)
    assert torch.equal(device_place.cpu(), place) and torch.equal(device_value.cpu(), value)


def test_bf16_hops_round_little_and_keep_the_type(pair) -> None:
    """Nothing at all where the kernel has no sum in bfloat16, as torch's on a device."""
    _, graph = pair()
    x = torch.randn(graph.nodes, 32, device=graph.device)
    bound = 1e-6 if graph.kernel == "torch" else 0.01
    for own, exact in zip(graph.hops(x, 3, bf16=True), graph.hops(x, 3), strict=True):
        assert own.dtype == torch.float32 and (own - exact).norm() <= bound * exact.norm()
