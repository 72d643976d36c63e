"""What every layer keeps: permuted nodes, lonely nodes, both kernels, linearity where it is claimed."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from recbox.context import Context
from recbox.errors import KernelError
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
def test_permuted_nodes_give_permuted_output(layer, x):
    module, order = build(layer), np.random.default_rng(1).permutation(N)
    place = np.argsort(order)
    moved = module(graph(place[A], place[B]), x[order])
    torch.testing.assert_close(moved, module(graph(), x)[order], atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("layer", LAYERS, ids=ids)
def test_a_node_without_edges_stays_finite_and_receives_nothing(layer, x):
    module = build(layer)
    out = module(graph(), x.requires_grad_())
    assert torch.isfinite(out).all()
    out.square().sum().backward()
    assert torch.isfinite(x.grad).all()
    if not getattr(layer, "residual", False):
        assert torch.equal(out[7], torch.zeros(D))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("layer", LAYERS, ids=ids)
def test_both_kernels_agree_forward_and_backward(layer, weighted, x):
    weight = np.array([1.0, 0.5, 2.0, 3.0, 0.25]) if weighted else None
    results = []
    for kernel in ("torch", "dgl"):
        try:
            g = graph(weight=weight, kernel=kernel)
        except KernelError as error:
            pytest.skip(f"needs DGL: {error.why}")
        module, leaf = build(layer), x.clone().requires_grad_()
        out = module(g, leaf)
        out.pow(3).sum().backward()
        results.append([out, leaf.grad, *(p.grad for p in module.parameters())])
    for one, other in zip(*results):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("layer", LAYERS, ids=ids)
def test_linear_is_what_the_layer_says(layer, x):
    module, y = build(layer), x.flip(0) * 2 + 1
    f = lambda v: module(graph(), v)  # noqa: E731
    together, apart = f(2 * x - 3 * y), 2 * f(x) - 3 * f(y)
    assert torch.allclose(together, apart, atol=1e-5) == layer.linear


@pytest.mark.parametrize("layer", LAYERS, ids=ids)
def test_gradients_are_those_of_finite_differences(layer):
    module = build(layer).double()
    x = torch.randn(N, D, dtype=torch.float64, generator=torch.Generator().manual_seed(3)).requires_grad_()
    assert torch.autograd.gradcheck(lambda v: module(graph(), v), x, fast_mode=True)


def test_lightgcn_by_hand():
    x = torch.arange(1.0, N + 1)[:, None]
    out = build(LightGCN(), width=1)(graph(), x)[:, 0]
    # node 0 has the neighbours 4 (degree 2) and 5 (degree 2), and degree 2 itself
    assert out[0].item() == pytest.approx(5 / 2 + 6 / 2)
    # node 1 has the neighbour 4 alone
    assert out[1].item() == pytest.approx(5 / math.sqrt(2))


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


def test_a_weight_of_two_counts_as_two_neighbours_in_gat(x):
    module = build(GAT(heads=1, residual=False))
    x = torch.cat([x[:7], x[4:5]])  # node 7 looks just like node 4
    twice = graph(np.append(A, 0), np.append(B, 7))
    heavy = graph(weight=np.array([2.0, 1, 1, 1, 1]))
    torch.testing.assert_close(module(twice, x)[0], module(heavy, x)[0])


def test_width_says_what_fits():
    assert LightGCN().width(12, 8) == 12
    assert GCN().width(12, 8) == 8
    with pytest.raises(ValueError, match="3 heads don't divide dim 8"):
        GAT(heads=3).width(8, 8)
    assert build(GCN(), width=6)(graph(), torch.ones(N, 6)).shape == (N, D)
