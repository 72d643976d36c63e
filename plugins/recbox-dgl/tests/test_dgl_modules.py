"""Every convolution that the layer brings, on a small graph."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from recbox_dgl import DGL, modules

from recbox.context import Context
from recbox.contract import laws
from recbox.graph import Layout, symmetric
from recbox.kernel import Graph
from recbox.plugin import Spec, UnsupportedError

if modules.home() is None:
    pytest.skip(f"dgl is not installed: {modules.INSTALL}", allow_module_level=True)

USABLE = {
    "AGNNConv": {},
    "APPNPConv": {"k": 3, "alpha": 0.1},
    "ChebConv": {"k": 3},
    "DotGatConv": {"num_heads": 2},
    "EdgeConv": {},
    "GATConv": {"num_heads": 2},
    "GATv2Conv": {"num_heads": 4},
    "GCN2Conv": {"layer": 1},
    "GINConv": {},
    "GatedGraphConv": {"n_steps": 2},
    "GraphConv": {},
    "PNAConv": {"aggregators": ["mean", "max"], "scalers": ["identity", "amplification"], "delta": 1.0},
    "SAGEConv": {"aggregator_type": "mean"},
    "SGConv": {},
    "TAGConv": {},
    "TWIRLSConv": {"hidden_d": 6, "prop_step": 3},
}
MORE = [
    ("EdgeConv", {"batch_norm": True}),
    ("GATConv", {"num_heads": 2, "residual": True}),
    ("GATv2Conv", {"num_heads": 1, "share_weights": True}),
    ("GINConv", {"aggregator_type": "max", "learn_eps": True, "hidden": 5}),
    ("GraphConv", {"norm": "right", "bias": False}),
    ("GraphConv", {"weight": False, "bias": False}),
    ("PNAConv", {"aggregators": ["std", "sum"], "scalers": ["attenuation"], "delta": 0.9, "num_towers": 2}),
    ("SAGEConv", {"aggregator_type": "gcn"}),
    ("SAGEConv", {"aggregator_type": "pool"}),
    ("TWIRLSConv", {"hidden_d": 6, "prop_step": 3, "attention": True}),
]
CASES = [*USABLE.items(), *MORE]
A, B = np.array([0, 0, 1, 2, 3]), np.array([4, 5, 4, 6, 5])
N, D = 8, 4  # node 7 has no edge
WEIGHT = np.array([1.0, 0.5, 2.0, 3.0, 0.25])

every = pytest.mark.parametrize(
    ("module", "given"), CASES, ids=["-".join([m, *map(str, g.values())]) for m, g in CASES]
)


@laws(*(DGL.parse({"module": m, **given}) for m, given in CASES))
def test_laws(check) -> None:
    check()


def graph(a=A, b=B, weight=None, kernel="torch") -> Graph:
    layout = Layout((("user", 4), ("item", N - 4)))
    return Graph.build(layout, {"interaction": symmetric(a, b, N, weight)}, kernel=kernel)


def build(module, given, width=D, dim=D, seed=5, on=None):
    layer = DGL.parse({"module": module, **given})
    spec = Spec("", N, width, layer.width(width, dim), None, on, Context(seed=seed), "layer.0.0")
    return layer.build(spec).eval()


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(N, D, generator=torch.Generator().manual_seed(0))


def test_every_usable_convolution_is_tried() -> None:
    assert {name for name, reason in modules.table().items() if not reason} == set(USABLE)


@every
def test_half_precision_is_taken(module, given, x) -> None:
    """As `precision: bf16` calls a layer."""
    layer = build(module, given)
    with torch.autocast("cpu", torch.bfloat16):
        out = layer(graph(), x.bfloat16())
    torch.testing.assert_close(out.float(), layer(graph(), x), atol=0.1, rtol=0.1)


@every
def test_both_kernels_agree_and_a_second_run_is_the_same(module, given, x) -> None:
    layer = build(module, given)
    first = layer(graph(kernel="dgl"), x)
    assert torch.equal(first, layer(graph(kernel="dgl"), x))
    assert torch.equal(first, layer(graph(kernel="torch"), x))


@every
def test_weights_count_or_are_refused(module, given, x) -> None:
    layer, weighted = build(module, given), graph(weight=WEIGHT)
    if not layer.weighs:
        with pytest.raises(UnsupportedError, match="takes no weights"):
            layer(weighted, x)
        with pytest.raises(UnsupportedError, match=r"layer\.0\.0"):
            build(module, given, on=weighted)
        return
    out = layer(weighted, x)
    assert torch.isfinite(out).all()
    assert not torch.allclose(out, layer(graph(), x))
    double = layer.double()(weighted, x.double())
    torch.testing.assert_close(double.float(), out, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("width", [6, 12])
@pytest.mark.parametrize("module", sorted(USABLE))
def test_width_tells_what_comes_out(module, width) -> None:
    x = torch.randn(N, width, generator=torch.Generator().manual_seed(0))
    layer = DGL.parse({"module": module, **USABLE[module]})
    assert build(module, USABLE[module], width=width, dim=12)(graph(), x).shape == (N, layer.width(width, 12))


@pytest.mark.parametrize(
    ("module", "given"),
    [("GATv2Conv", {"num_heads": 2}), ("SAGEConv", {"aggregator_type": "mean"}), ("GINConv", {})],
)
def test_two_runs_over_many_edges_are_the_same_bit_for_bit(module, given) -> None:
    rng, n = np.random.default_rng(0), 2000
    pairs = np.unique(rng.integers(0, n // 2, (30000, 2)), axis=0)
    edges = {"interaction": symmetric(pairs[:, 0], pairs[:, 1] + n // 2, n)}
    layout = Layout((("user", n // 2), ("item", n // 2)))
    start, results = torch.from_numpy(rng.normal(size=(n, 16))).float(), []
    for _ in range(2):
        layer, x = build(module, given, width=16, dim=16), start.clone().requires_grad_()
        out = layer(Graph.build(layout, edges), x)
        out.square().mean().backward()
        results.append([out, x.grad, *(p.grad for p in layer.parameters())])
    assert all(torch.equal(one, other) for one, other in zip(*results))


def test_views_are_followed(x) -> None:
    layer, whole = build("SAGEConv", USABLE["SAGEConv"]), graph()
    view = whole.edge_dropout(0.3, torch.Generator().manual_seed(3))
    assert 0 < whole.view(view).edges < whole.edges
    assert not torch.allclose(layer(whole.view(view), x), layer(whole, x))


def test_gatv2_heads_stand_side_by_side(x) -> None:
    from dgl.nn.pytorch.conv import GATv2Conv

    layer = build("GATv2Conv", {"num_heads": 2})
    raw = GATv2Conv(D, D // 2, 2, allow_zero_in_degree=True)
    raw.load_state_dict(layer.inner.state_dict())
    torch.testing.assert_close(layer(graph(), x), raw(graph().dgl(), x).reshape(N, D))


def test_what_dgl_itself_refuses_is_a_clear_error() -> None:
    with pytest.raises(UnsupportedError, match="refuses its arguments") as error:
        build("SAGEConv", {"aggregator_type": "meen"})
    assert "meen" in error.value.why
