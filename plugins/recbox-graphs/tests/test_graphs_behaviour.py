"""`behaviour-gcn`: six nodes by hand, plain torch in float64 with gradients, and what it tells of itself."""

from __future__ import annotations

import subprocess
import sys

import graphs_made
import numpy as np
import pytest
import torch
from graphs_made import NODES, PAIRS
from recbox_graphs import BehaviourGCN

from recbox.contract import laws
from recbox.graph import Layout, symmetric
from recbox.plugin import Graph, View

TWO = ("interaction", "behaviour.view")


@laws(BehaviourGCN)
def test_laws(check):
    check()


def test_importing_it_imports_neither_torch_nor_polars() -> None:
    code = "import sys, recbox_graphs; sys.exit(bool({'torch', 'polars', 'dgl'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


@pytest.mark.parametrize("by", ["sum", "weight", "count", "attention"])
def test_six_nodes_by_hand(kernel: str, by: str) -> None:
    """One column: 1, 2, 4, 8, 16, 32.

    Bought are 0-3 and 1-4, all degrees 1: the nodes get 8, 16, nothing, 1, 2, nothing.
    Viewed are 0-3, 0-4, 1-4, 2-5; degrees of the users 2, 1, 1, of the items 1, 2, 1. With r = √(1 / 2) they
    get 8r + 16/2, 16r, 32, 1r, 1/2 + 2r, 4.
    weight begins with halves. count: by the number of edges of each, (1, 2), (1, 1), (0, 1), (1, 1), (1, 2),
    (0, 1). attention, where the query is nothing, is a mean over what a node has.
    """
    r = 0.5**0.5
    bought = torch.tensor([8.0, 16, 0, 1, 2, 0])
    viewed = torch.tensor([8 * r + 8, 16 * r, 32, r, 0.5 + 2 * r, 4])
    shares = {
        "sum": [(1, 1)] * 6,
        "weight": [(1 / 2, 1 / 2)] * 6,
        "count": [(1 / 3, 2 / 3), (1 / 2, 1 / 2), (0, 1), (1 / 2, 1 / 2), (1 / 3, 2 / 3), (0, 1)],
        "attention": [(1 / 2, 1 / 2), (1 / 2, 1 / 2), (0, 1), (1 / 2, 1 / 2), (1 / 2, 1 / 2), (0, 1)],
    }
    around = graphs_made.graph(kernel, *TWO)
    module = BehaviourGCN(by=by).build(graphs_made.spec(around, 1, 1))
    if by == "attention":
        torch.nn.init.zeros_(module.share.query)
    share = torch.tensor(shares[by], dtype=torch.float32)
    x = torch.tensor([[1.0], [2], [4], [8], [16], [32]])
    expected = share[:, 0] * bought + share[:, 1] * viewed
    assert torch.allclose(module(around, x)[:, 0], expected, atol=1e-5)
    assert torch.allclose(module.weights(around, x), share, atol=1e-6)


def reference(module: torch.nn.Module, x: torch.Tensor, by: str, norm: str, weighted: bool) -> torch.Tensor:
    """Node by node, behaviour by behaviour."""
    p = {name: value.detach().double().requires_grad_() for name, value in module.named_parameters()}
    module.reference = p
    received, counts = [], []
    for b, name in enumerate(PAIRS):
        z = x @ p[f"transform.{b}.weight"].T if f"transform.{b}.weight" in p else x
        received.append(graphs_made.adjacency(name, norm, weighted) @ z)
        counts.append([sum(node in pair for pair in PAIRS[name]) for node in range(NODES)])
    rows = []
    for node in range(NODES):
        n = torch.tensor([counts[b][node] for b in range(len(PAIRS))], dtype=torch.float64)
        own = torch.stack([m[node] for m in received])
        if by == "sum":
            share = torch.ones(len(PAIRS), dtype=torch.float64)
        elif by == "attention":
            hidden = torch.tanh(own @ p["share.hidden.weight"].T + p["share.hidden.bias"])
            e = torch.exp((hidden * p["share.query"]).sum(1)) * (n > 0)
            share = e / e.sum()
        else:
            e = torch.exp(p["share.score"]) * (n if by == "count" else 1.0)
            share = e / e.sum()
        rows.append(share @ own)
    return torch.stack(rows)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("by", "norm", "transform"),
    [
        ("sum", "sym", False),
        ("weight", "sym", False),
        ("weight", "row", True),
        ("count", "row", False),
        ("count", "sym", True),
        ("attention", "sym", False),
        ("attention", "row", True),
    ],
)
def test_it_is_the_plain_formula(kernel: str, by: str, norm: str, transform: bool, weighted: bool) -> None:
    """Values, and gradients of the vectors and of every parameter, to 1e-5."""
    around = graphs_made.graph(kernel, weighted=weighted)
    dim = 3 if transform else 4
    options = BehaviourGCN(by=by, norm=norm, transform=transform)
    module = options.build(graphs_made.spec(around, 4, options.width(4, dim)))
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for value in module.parameters():
            value.add_(0.5 * torch.randn(value.shape, generator=generator))
    x = graphs_made.drawn().requires_grad_()
    other = x.detach().double().requires_grad_()
    found, expected = module(around, x), reference(module, other, by, norm, weighted)
    assert torch.allclose(found.double(), expected, atol=1e-5)
    into = torch.randn(found.shape, generator=generator)
    (found * into).sum().backward()
    (expected * into.double()).sum().backward()
    assert torch.allclose(x.grad.double(), other.grad, atol=1e-5)
    assert set(module.reference) == {name for name, _ in module.named_parameters()}
    for name, value in module.named_parameters():
        assert torch.allclose(value.grad.double(), module.reference[name].grad, atol=1e-5), name


def test_with_interactions_alone_it_is_lightgcn() -> None:
    """Where nothing else is there, as for a node that has only bought."""
    around = graphs_made.graph("torch", "interaction")
    x = graphs_made.drawn()
    for by in ("sum", "weight", "count"):
        module = BehaviourGCN(by=by).build(graphs_made.spec(around))
        assert torch.allclose(module(around, x), around.propagate(x), atol=1e-6)


def test_a_view_leaves_edges_out_of_every_behaviour(kernel: str) -> None:
    """Without the edges of item 4, user 1 gets by carts alone, and counts are those of what is left."""
    around = graphs_made.graph(kernel)
    module = BehaviourGCN(by="count").build(graphs_made.spec(around))
    drop = torch.zeros(NODES, dtype=torch.bool)
    drop[4] = True
    left, x = around.view(View(drop=drop)), graphs_made.drawn()
    assert module.weights(left, x)[1].tolist() == [0.0, 0.0, 1.0]
    degrees = (
        2.0  # item 5 is viewed by user 2 and in the cart of user 1, and each behaviour has its own degrees
    )
    assert torch.allclose(module(left, x)[1], x[5] * (degrees / 2), atol=1e-6)


def test_what_was_learned_can_be_read() -> None:
    around = graphs_made.graph()
    module = BehaviourGCN(by="weight").build(graphs_made.spec(around))
    assert module.behaviour_weights == pytest.approx(dict.fromkeys(PAIRS, 1 / 3))
    with torch.no_grad():
        module.share.score.copy_(torch.tensor([2.0, 1.0, 0.0]))
    weights = module.behaviour_weights
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["interaction"] > weights["behaviour.view"] > weights["behaviour.cart"]
    assert BehaviourGCN(by="sum").build(graphs_made.spec(around)).behaviour_weights == dict.fromkeys(PAIRS, 1)
    assert BehaviourGCN(by="attention").build(graphs_made.spec(around)).behaviour_weights == {}


def test_types_that_are_no_behaviour_are_left_alone() -> None:
    ends = [np.array(side) for side in zip(*PAIRS["interaction"])]
    csr = {
        "interaction": symmetric(*ends, NODES),
        "user-relation": symmetric(np.array([0]), np.array([1]), NODES),
    }
    around = Graph.build(Layout((("user", 3), ("item", 3))), csr)
    assert BehaviourGCN().build(graphs_made.spec(around)).behaviours == ("interaction",)


def test_it_says_whether_it_is_linear() -> None:
    assert [BehaviourGCN(by=by).linear for by in ("sum", "weight", "count", "attention")] == [True] * 3 + [
        False
    ]
