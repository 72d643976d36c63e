"""Layers worked out by hand, and linearity: claimed where it is so, and nowhere else."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from recbox.context import Context
from recbox.graph import Layout, symmetric
from recbox.kernel import Graph
from recbox.layer.gat import GAT
from recbox.layer.gcn import GCN
from recbox.layer.lightgcn import LightGCN
from recbox.plugin import Spec

pytestmark = pytest.mark.kernel

LAYERS = [
    LightGCN(),
    LightGCN(norm="row"),
    GCN(),
    GCN(residual=False, norm="none", activation="relu"),
    GAT(heads=2),
    GAT(heads=1, residual=False, activation="elu"),
]
A, B = np.array([0, 0, 1, 2, 3]), np.array([4, 5, 4, 6, 5])
N, D = 8, 4  # node 7 has no edge


def graph(a=A, b=B, weight=None, kernel="torch", n=N) -> Graph:
    layout = Layout((("user", 4), ("item", n - 4)))
    return Graph.build(layout, {"interaction": symmetric(a, b, n, weight)}, kernel=kernel)


def build(layer, width=D, dim=D):
    return layer.build(
        Spec("", N, width, layer.width(width, dim), None, None, Context(seed=5), "layer.0.0")
    ).eval()


@pytest.fixture
def x():
    return torch.randn(N, D, generator=torch.Generator().manual_seed(0))


def ids(layer):
    return (
        f"{type(layer).__name__}-{'-'.join(str(v) for v in layer.model_dump(exclude_defaults=True).values())}"
    )


@pytest.mark.parametrize("layer", LAYERS, ids=ids)
def test_a_node_without_edges_receives_nothing(layer, x):
    if not getattr(layer, "residual", False):
        assert torch.equal(build(layer)(graph(), x)[7], torch.zeros(D))


@pytest.mark.parametrize("layer", LAYERS, ids=ids)
def test_linear_is_what_the_layer_says(layer, x):
    module, y = build(layer), x.flip(0) * 2 + 1
    f = lambda v: module(graph(), v)  # noqa: E731
    together, apart = f(2 * x - 3 * y), 2 * f(x) - 3 * f(y)
    assert torch.allclose(together, apart, atol=1e-5) == layer.linear


@pytest.mark.parametrize(
    ("layer", "first", "second"),
    [
        (LightGCN(), 5 / 2 + 6 / 2, 5 / math.sqrt(2)),
        (LightGCN(norm="sym"), 5 / 2 + 6 / 2, 5 / math.sqrt(2)),
        (LightGCN(norm="row"), (5 + 6) / 2, 5),
        (LightGCN(norm="none"), 5 + 6, 5),
        (GCN(residual=False), 5 / 2 + 6 / 2, 5 / math.sqrt(2)),
        (GCN(residual=False, norm="row"), (5 + 6) / 2, 5),
        (GCN(residual=False, norm="none"), 5 + 6, 5),
        (GCN(norm="none"), 1 + 5 + 6, 2 + 5),
    ],
)
def test_norms_by_hand(layer, first, second):
    """Node 0, with the vector 1 and two neighbours, has the neighbours 4 (vector 5) and 5 (vector 6), of two
    neighbours each; node 1, with the vector 2, has node 4 alone."""
    module = build(layer, width=1, dim=1)
    for transform in module.parameters():
        torch.nn.init.ones_(transform)
    out = module(graph(), torch.arange(1.0, N + 1)[:, None])[:, 0]
    assert out[:2].tolist() == pytest.approx([first, second])


@pytest.mark.parametrize(
    ("whole", "bare"),
    [(GCN(), GCN(residual=False)), (GAT(heads=2), GAT(heads=2, residual=False))],
    ids=["gcn", "gat"],
)
def test_the_residual_is_the_nodes_own_vector(whole, bare, x):
    """The same seed gives both the same parameters; node 7 receives nothing."""
    out = build(whole)(graph(), x)
    assert torch.equal(out[7], x[7])
    torch.testing.assert_close(out - build(bare)(graph(), x), x)


@pytest.mark.parametrize("layer", [GCN(), GAT(heads=2)], ids=ids)
def test_the_residual_is_transformed_where_the_widths_differ(layer):
    module, x = build(layer, width=6), torch.randn(N, 6, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(module(graph(), x)[7], module.own.weight @ x[7])


@pytest.mark.parametrize("width", [D, 6])
def test_no_layer_has_a_bias(width):
    own = {"own.weight"} if width != D else set()
    assert {name for name, _ in build(GCN(), width).named_parameters()} == {"weight.weight"} | own
    attention = {"weight.weight", "source", "target"}
    assert {name for name, _ in build(GAT(), width).named_parameters()} == attention | own


def test_gcn_adds_its_own_vector_and_a_transform(x):
    module = build(GCN())
    expected = x + graph().propagate(x @ module.weight.weight.T)
    torch.testing.assert_close(module(graph(), x), expected)


def test_gat_weights_are_a_softmax_over_neighbours(x):
    layer = GAT(heads=1, residual=False)
    module = build(layer)
    z = module.weight(x)
    score = [
        torch.nn.functional.leaky_relu((z[0] * module.target).sum() + (z[v] * module.source).sum(), 0.2)
        for v in (4, 5)
    ]
    alpha = torch.stack(score).softmax(0)
    torch.testing.assert_close(module(graph(), x)[0], alpha[0] * z[4] + alpha[1] * z[5])


def test_gat_starts_close_to_a_mean():
    """The scores start as small numbers, so that no neighbour is left out before anything is learned."""
    n = 4 + 32
    a, b = np.repeat(np.arange(4), 32), np.tile(np.arange(4, n), 4)
    x = torch.randn(n, 64, generator=torch.Generator().manual_seed(2))
    module = build(GAT(heads=4, residual=False), width=64, dim=64)
    users, mean = module(graph(a, b, n=n), x)[:4], module.weight(x)[4:].mean(0)
    assert (users - mean).norm() < 2 * mean.norm()
    assert module.target.std().item() == pytest.approx(0.1, rel=0.5)


def test_a_weight_of_two_counts_as_two_neighbours_in_gat(x):
    module = build(GAT(heads=1, residual=False))
    x = torch.cat([x[:7], x[4:5]])  # node 7 looks just like node 4
    twice = graph(np.append(A, 0), np.append(B, 7))
    heavy = graph(weight=np.array([2.0, 1, 1, 1, 1]))
    torch.testing.assert_close(module(twice, x)[0], module(heavy, x)[0])


@pytest.mark.parametrize("layer", LAYERS, ids=ids)
def test_a_factor_on_the_only_edge_type_cancels_but_without_a_norm(layer, x):
    layout = Layout((("user", 4), ("item", 4)))
    weight = np.array([0.5, 2, 1, 3, 1])
    edges = {"interaction": symmetric(A, B, N, weight)}
    one, seven = (
        build(layer)(Graph.build(layout, edges, kernel="torch", scale={"interaction": scale}), x)
        for scale in (1.0, 7.0)
    )
    factor = 7.0 if getattr(layer, "norm", "") == "none" else 1.0
    torch.testing.assert_close(seven, factor * one, atol=1e-5, rtol=1e-5)


def test_width_says_what_fits():
    assert LightGCN().width(12, 8) == 12
    assert GCN().width(12, 8) == 8
    with pytest.raises(ValueError, match="3 heads don't divide dim 8"):
        GAT(heads=3).width(8, 8)
    assert build(GCN(), width=6)(graph(), torch.ones(N, 6)).shape == (N, D)
