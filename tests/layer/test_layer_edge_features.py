"""gat over what edges carry: by hand, and against a slow float64 reference on both kernels."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest
import torch

from recbox.context import Context
from recbox.graph import CSR, Layout, symmetric
from recbox.kernel import Graph, View, dgl_door
from recbox.layer.gat import GAT
from recbox.plugin import Spec

pytestmark = pytest.mark.kernel
USERS, ITEMS, N, D = 3, 3, 6, 4
LAYOUT = Layout((("user", USERS), ("item", ITEMS)))
INTERACTION = np.array([0, 0, 1, 2, 2]), np.array([3, 4, 4, 4, 5])
FRIEND = np.array([0]), np.array([2])
WAYS = {"interaction": ((0, 1), (1, 0)), "user-relation": ((0, 0),)}
"""For each edge type the node types (users 0, items 1) that an edge ends at and comes from, in order."""


@pytest.fixture(params=["torch", "dgl"])
def kernel(request: pytest.FixtureRequest) -> str:
    if request.param == "dgl" and dgl_door.missing():
        pytest.skip("needs DGL")
    return str(request.param)


def carrying(csr: CSR, *columns: list[float]) -> CSR:
    return replace(csr, edge={"feature": np.array(columns, np.float32).T.reshape(csr.edges, len(columns))})


def graph(kernel: str = "torch", friends: bool = False, weighted: bool = False) -> Graph:
    """Users 0, 1, 2 and items 3, 4, 5; ten directed edges, and two more between friends 0 and 2."""
    weight = np.array([2.0, 1, 3, 1, 1]) if weighted else None
    own = symmetric(*INTERACTION, N, weight)
    draw = np.random.default_rng(4)
    edges = {"interaction": carrying(own, *draw.normal(3, 2, (2, own.edges)).tolist())}
    if friends:
        edges["user-relation"] = symmetric(*FRIEND, N)
    return Graph.build(LAYOUT, edges, kernel=kernel)


def build(around: Graph, width: int = D, **options) -> torch.nn.Module:
    layer = GAT(edge_features=True, **options)
    return layer.build(Spec("", N, width, D, None, around, Context(seed=5), "layer.0.0")).eval()


def moved(module: torch.nn.Module) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(9)
    for parameter in module.parameters():
        parameter.data.normal_(0.0, 0.7, generator=generator)
    return module


def vectors() -> torch.Tensor:
    return torch.randn(N, D, generator=torch.Generator().manual_seed(0))


def test_by_hand():
    """Without anything that vectors say: user 2 has items 4 and 5, whose edges carry 0 and 2. All edges carry
    0.4 on average with a spread of 0.8, so that a factor of 0.8 ln 3 / 2 makes odds of 1 to 3."""
    own = symmetric(*INTERACTION, N)
    around = Graph.build(LAYOUT, {"interaction": carrying(own, [0, 0, 0, 0, 2, 0, 0, 0, 0, 2.0])})
    module = build(around, heads=1, residual=False, slope=0.999)
    module.target.data.zero_(), module.source.data.zero_()
    assert module.edge.mean.tolist() == pytest.approx([0.4])
    assert module.edge.std.tolist() == pytest.approx([0.8])
    module.edge.weight.data[:2] = torch.tensor([[5.0], [0.8 * log(3) / 2]])
    assert module.edge.weight.shape == (4, 1)
    x = vectors()
    weights = module.attention(around, x)[:, 0]
    assert weights[3:5].tolist() == pytest.approx([1 / 4, 3 / 4], abs=1e-3)
    z = module.weight(x)
    torch.testing.assert_close(module(around, x)[2], weights[3] * z[4] + weights[4] * z[5])


def slow(module, around: Graph, x: torch.Tensor) -> torch.Tensor:
    """The layer edge by edge, in the given precision, from its formula."""
    z = module.weight(x).view(N, *module.shape)
    edge, types = module.edge, around.types
    scores: dict[tuple[int, int], torch.Tensor] = {}
    for type in types:
        part = around[type]
        features = part.edge.get("feature", torch.zeros(part.edges, 0)).to(x)
        before = sum(
            len(WAYS[t]) * (1 + (2 if t == "interaction" else 0)) for t in types[: types.index(type)]
        )
        for k in range(part.edges):
            u, v = int(part.rows[k]), int(part.indices[k])
            way = WAYS[type].index((int(u >= USERS), int(v >= USERS)))
            f = features[k]
            if len(f):
                f = (f - edge.mean) / edge.std
            f = torch.cat([torch.ones(1).to(x), f])
            row = before + way * len(f)
            scores[u, v] = scores.get((u, v), 0) + f @ edge.weight[row : row + len(f)]
    out = []
    for u in range(N):
        ends = [k for k in range(around.edges) if int(around.rows[k]) == u]
        total = torch.zeros(module.shape).to(x)
        logits = []
        for k in ends:
            v = int(around.indices[k])
            s = (z[u] * module.target).sum(-1) + (z[v] * module.source).sum(-1) + scores[u, v]
            s = torch.where(s > 0, s, s * module.slope)
            logits.append(s if around.weight is None else s + around.weight[k].to(x).log())
        if ends:
            share = torch.stack(logits).softmax(0)
            total = sum(a[:, None] * z[int(around.indices[k])] for a, k in zip(share, ends))
        out.append(total.flatten())
    return torch.stack(out) + x


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("friends", [False, True])
def test_it_equals_a_slow_reference_with_its_gradients(friends, weighted, kernel):
    around = graph(kernel, friends, weighted)
    module = moved(build(around, heads=2))
    factor = torch.randn(N, D, generator=torch.Generator().manual_seed(1))
    x = vectors().requires_grad_()
    found = module(around, x)
    (found * factor).sum().backward()
    gradients = {name: p.grad.double() for name, p in module.named_parameters()}
    module.zero_grad()
    double, y = module.double(), vectors().double().requires_grad_()
    expected = slow(double, around, y)
    (expected * factor.double()).sum().backward()
    torch.testing.assert_close(found.double(), expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(x.grad.double(), y.grad, atol=1e-5, rtol=1e-5)
    for name, parameter in double.named_parameters():
        torch.testing.assert_close(gradients[name], parameter.grad, atol=1e-5, rtol=1e-5, msg=name)
    assert gradients["edge.weight"].any(1).all()


def test_it_begins_as_gat_without():
    around, x = graph(), vectors()
    plain = GAT().build(Spec("", N, D, D, None, around, Context(seed=5), "layer.0.0")).eval()
    assert torch.equal(build(around)(around, x), plain(around, x))
    assert not any(name.startswith("edge") for name in plain.state_dict())


def test_without_features_edges_are_told_apart_by_their_type():
    """User 0 has items 3 and 4, and a friend, whose edge a constant makes three times as heavy."""
    own = {"interaction": symmetric(*INTERACTION, N), "user-relation": symmetric(*FRIEND, N)}
    around = Graph.build(LAYOUT, own)
    module = build(around, heads=1, slope=0.999)
    module.target.data.zero_(), module.source.data.zero_()
    assert module.edge.weight.shape == (3, 1)  # two ways of interactions, one of friends
    module.edge.weight.data[2] = log(3)
    first = module.attention(around, vectors())[:3, 0].tolist()  # of the friend, and of items 3 and 4
    assert first == pytest.approx([3 / 5, 1 / 5, 1 / 5])


def test_an_edge_of_two_types_has_the_sum_of_both():
    """A pair that is both an interaction and a link of another type is one edge of the union."""
    two = symmetric(np.array([0]), np.array([4]), N)
    edges = {"interaction": symmetric(*INTERACTION, N), "item-relation": carrying(two, [1.0, 3.0])}
    around = Graph.build(LAYOUT, edges)
    module = build(around, heads=1)
    module.edge.weight.data[:] = torch.tensor([[1.0], [10.0], [100.0], [7.0], [200.0], [9.0]])
    score = module.edge(around)[:, 0]
    place = {(int(u), int(v)): k for k, (u, v) in enumerate(zip(around.rows, around.indices))}
    assert score[place[0, 3]] == 1 and score[place[3, 0]] == 10
    assert score[place[0, 4]] == 1 + 100 - 7 and score[place[4, 0]] == 10 + 200 + 9


def test_a_view_takes_what_its_edges_carry_along(kernel):
    around = graph(kernel, friends=True)
    module, x = moved(build(around, heads=2)), vectors()
    left = around.view(View(drop=torch.tensor([False, True, False, False, False, False])))
    assert left.edges == around.edges - 2
    torch.testing.assert_close(module(left, x), slow(module, left, x), atol=1e-5, rtol=1e-5)


def test_what_is_said_of_a_type_is_said_of_the_union():
    around = graph(friends=True)
    said = around.united("user-relation", torch.tensor([[1.0], [2.0]]))
    ends = [(int(u), int(v)) for u, v in zip(around.rows, around.indices)]
    assert {end: value for end, value in zip(ends, said[:, 0].tolist()) if value} == {(0, 2): 1, (2, 0): 2}
    own = torch.arange(10.0)
    assert torch.equal(graph().united("interaction", own), own)


def test_constant_features_say_nothing():
    own = symmetric(*INTERACTION, N)
    around = Graph.build(LAYOUT, {"interaction": carrying(own, [4.0] * 10)})
    module = build(around, heads=1)
    module.edge.weight.data[1::2] = 50.0
    assert torch.isfinite(module.edge(around)).all() and not module.edge(around).any()


def test_a_type_without_edges_is_no_trouble():
    none = symmetric(np.zeros(0, np.int64), np.zeros(0, np.int64), N)
    edges = {"interaction": symmetric(*INTERACTION, N), "item-relation": carrying(none, [])}
    around = Graph.build(LAYOUT, edges)
    assert torch.isfinite(moved(build(around, heads=2))(around, vectors())).all()
