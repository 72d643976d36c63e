"""Every convolution that the layer brings, on a small graph."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from recbox_pyg import PyG, modules

from recbox.context import Context
from recbox.contract import laws
from recbox.graph import Layout, symmetric
from recbox.kernel import Graph
from recbox.plugin import Spec, UnsupportedError

if modules.home() is None:
    pytest.skip(f"torch_geometric is not installed: {modules.INSTALL}", allow_module_level=True)

USABLE = {
    "AGNNConv": {},
    "APPNP": {"K": 3, "alpha": 0.1},
    "ARMAConv": {"num_stacks": 2, "num_layers": 2},
    "AntiSymmetricConv": {},
    "CGConv": {},
    "ChebConv": {"K": 3},
    "ClusterGCNConv": {},
    "EGConv": {"num_heads": 2},
    "EdgeConv": {},
    "FAConv": {},
    "FeaStConv": {"heads": 2},
    "FiLMConv": {},
    "GATConv": {"heads": 2},
    "GATv2Conv": {"heads": 4},
    "GCN2Conv": {"alpha": 0.1, "theta": 0.5, "layer": 1},
    "GCNConv": {},
    "GENConv": {},
    "GINConv": {},
    "GINEConv": {"edge_dim": 1},
    "GatedGraphConv": {"num_layers": 2},
    "GeneralConv": {},
    "GraphConv": {},
    "LEConv": {},
    "LGConv": {},
    "MFConv": {},
    "MixHopConv": {"powers": [0, 1]},
    "PDNConv": {"edge_dim": 1, "hidden_channels": 6},
    "PNAConv": {"aggregators": ["mean", "max"], "scalers": ["identity", "amplification"]},
    "ResGatedGraphConv": {},
    "SAGEConv": {},
    "SGConv": {"K": 2},
    "SSGConv": {"alpha": 0.1, "K": 2},
    "SimpleConv": {},
    "TAGConv": {},
    "TransformerConv": {"heads": 2},
    "WLConvContinuous": {},
}
MORE = [
    ("ARMAConv", {"act": None, "num_layers": 2, "shared_weights": True}),
    ("AntiSymmetricConv", {"act": "relu", "num_iters": 2}),
    ("CGConv", {"dim": 1}),
    ("EGConv", {"aggregators": ["sum", "mean", "max"], "num_heads": 1, "add_self_loops": False}),
    ("EdgeConv", {"aggr": "mean", "hidden": 5}),
    ("GATConv", {"heads": 3, "concat": False}),
    ("GATConv", {"heads": 2, "edge_dim": 1}),
    ("GATv2Conv", {"heads": 2, "edge_dim": 1, "residual": True}),
    ("FAConv", {"normalize": False}),
    ("GCNConv", {"normalize": False}),
    ("GENConv", {"aggr": "mean", "norm": "layer", "edge_dim": 1}),
    ("GINConv", {"train_eps": True}),
    ("GeneralConv", {"attention": True, "heads": 2, "in_edge_channels": 1}),
    ("PNAConv", {"aggregators": ["std", "sum"], "scalers": ["attenuation"], "towers": 2, "edge_dim": 1}),
    ("ResGatedGraphConv", {"edge_dim": 1}),
    ("SAGEConv", {"aggr": ["mean", "max"], "normalize": True}),
    ("SAGEConv", {"aggr": "softmax", "project": True}),
    ("TransformerConv", {"heads": 2, "beta": True, "edge_dim": 1}),
]
CASES = [*USABLE.items(), *MORE]
A, B = np.array([0, 0, 1, 2, 3]), np.array([4, 5, 4, 6, 5])
N, D = 8, 4  # node 7 has no edge
WEIGHT = np.array([1.0, 0.5, 2.0, 3.0, 0.25])

every = pytest.mark.parametrize(
    ("module", "given"), CASES, ids=["-".join([m, *map(str, g.values())]) for m, g in CASES]
)


LAWLESS = {"MFConv": "its transform of what a node without edges receives never gets a gradient"}


@laws(*(PyG.parse({"module": m, **given}) for m, given in CASES if m not in LAWLESS))
def test_laws(check) -> None:
    check()


def graph(a=A, b=B, weight=None, kernel="torch") -> Graph:
    layout = Layout((("user", 4), ("item", N - 4)))
    return Graph.build(layout, {"interaction": symmetric(a, b, N, weight)}, kernel=kernel)


def build(module, given, width=D, dim=D, seed=5, on=None):
    on = graph() if on is None and module == "PNAConv" else on
    layer = PyG.parse({"module": module, **given})
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
    if not layer.weighs and not layer.features:
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
    layer = PyG.parse({"module": module, **USABLE[module]})
    assert build(module, USABLE[module], width=width, dim=12)(graph(), x).shape == (N, layer.width(width, 12))


@pytest.mark.parametrize(
    ("module", "given"), [("GATv2Conv", {"heads": 2}), ("SAGEConv", {}), ("GINConv", {})]
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


def test_two_graphs_are_not_mixed_up_and_a_graph_is_turned_once(x) -> None:
    from recbox_pyg._module import edge_index

    one, other = graph(), graph(B - 4, A + 4)
    assert edge_index(one) is edge_index(one)
    assert not torch.equal(edge_index(one), edge_index(other))
    layer = build("SAGEConv", {})
    assert not torch.allclose(layer(one, x), layer(other, x))


def test_messages_run_from_source_to_target(x) -> None:
    from torch_geometric.nn import SAGEConv

    layer, raw = build("SAGEConv", {}), SAGEConv(D, D)
    raw.load_state_dict(layer.inner.state_dict())
    index = torch.tensor([[*A, *B], [*B, *A]])
    torch.testing.assert_close(layer(graph(), x), raw(x, index))


def test_an_edge_feature_of_an_unweighted_graph_is_one(x) -> None:
    layer = build("GATConv", {"heads": 2, "edge_dim": 1})
    torch.testing.assert_close(layer(graph(weight=np.ones(5)), x), layer(graph(), x))


def test_what_the_library_itself_refuses_is_a_clear_error() -> None:
    with pytest.raises(UnsupportedError, match="refuses its arguments") as error:
        build("GCN2Conv", {"alpha": 0.1, "theta": 0.5})
    assert error.value.why


def test_degrees_need_a_graph() -> None:
    layer = PyG.parse({"module": "PNAConv", **USABLE["PNAConv"]})
    with pytest.raises(UnsupportedError, match="counts the degrees"):
        layer.build(Spec("", N, D, D, None, None, Context(), "layer.0.0"))
