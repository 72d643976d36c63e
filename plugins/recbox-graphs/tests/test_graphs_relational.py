"""`relational` by hand and beside a slow sum over edges."""

from __future__ import annotations

from typing import Any

import knowledge_made as made
import numpy as np
import pytest
import torch
from recbox_graphs.relational import Relational
from torch import nn

from recbox.graph import Layout, symmetric, triple_csr
from recbox.plugin import Graph, View

TRANSFORMS, NORMS = ("full", "basis", "weight", "none"), ("relation", "row", "sym")
WAYS = [{"transform": transform, "norm": norm} for transform in TRANSFORMS for norm in NORMS]


def built(options: dict[str, Any], around: Graph, dim: int = 3) -> nn.Module:
    return Relational.parse(options).build(made.spec(around, dim=dim)).double()


def by_hand(module: nn.Module, options: dict[str, Any], x: torch.Tensor, weighted: bool) -> torch.Tensor:
    """`W_0 h_i + Σ_r Σ_j a_ijr W_r h_j`, an edge at a time."""
    every = list(made.edges(weighted=weighted))
    degree = [sum(w for h, _, _, w in every if h == node) for node in range(made.NODES)]
    rows = [torch.zeros_like(own(module, x)[0]) for _ in range(made.NODES)]
    for head, relation, tail, weight in every:
        if options["norm"] == "relation":
            below = sum(w for h, r, _, w in every if (h, r) == (head, relation))
        else:
            below = degree[head] if options["norm"] == "row" else (degree[head] * degree[tail]) ** 0.5
        rows[head] = rows[head] + weight / below * moved(module, options, x[tail], relation)
    return own(module, x) + torch.stack(rows)


def own(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
    return module.own(x)


def moved(module: nn.Module, options: dict[str, Any], x: torch.Tensor, relation: int) -> torch.Tensor:
    part = module.received
    if options["transform"] == "full":
        return x @ part.of.matrix[relation]
    if options["transform"] == "basis":
        return x @ sum(c * v for c, v in zip(part.of.coefficient[relation], part.of.base))
    return part.weight[relation] * x if options["transform"] == "weight" else x


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("options", WAYS)
def test_it_is_the_sum_over_edges(options: dict[str, Any], weighted: bool, kernel: str) -> None:
    around, x = made.graph(kernel, weighted=weighted), made.vectors().requires_grad_()
    module = built(options, around)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.linspace(-0.3, 0.4, parameter.numel()).view_as(parameter))
    slow = by_hand(module, options, x, weighted)
    made.assert_equal(module(around, x), slow, [x, *module.parameters()])


def test_weights_of_two_relations_worked_by_hand(kernel: str) -> None:
    """Item 0 receives by three relations: from user 0, and by two from entity 0; each is a mean of one. With
    the weights 1, 2 and 3 it gets `h_2 + 1 h_0 + 2 h_4 + 3 h_4`."""
    around, x = made.graph(kernel), torch.arange(6.0)[:, None].double()
    module = built({"transform": "weight"}, around, dim=1)
    module.received.weight.data = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], dtype=torch.float64)
    assert module(around, x)[2].item() == pytest.approx(2 + 0 + 2 * 4 + 3 * 4)
    # Entity 0 receives by one inverse from both items, a mean, and by the other from item 0 and entity 1.
    assert module(around, x)[4].item() == pytest.approx(4 + 4 * (2 + 3) / 2 + 5 * (2 + 5) / 2)


def test_as_many_bases_as_relations_can_be_any_full_transform() -> None:
    around, x = made.graph(), made.vectors()
    full, basis = built({"transform": "full"}, around), built({"transform": "basis", "bases": 5}, around)
    basis.received.of.coefficient.data = torch.eye(5, dtype=torch.float64)
    basis.received.of.base.data = full.received.of.matrix.data.clone()
    basis.own.weight.data = full.own.weight.data.clone()
    torch.testing.assert_close(basis(around, x), full(around, x))


def test_without_matrices_the_width_stays() -> None:
    assert Relational(transform="weight").width(5, 8) == 5
    assert Relational(transform="full").width(5, 8) == 8


def test_edges_that_are_left_out_leave_means_of_the_others(kernel: str) -> None:
    around, x = made.graph(kernel), made.vectors()
    module = built({"transform": "none", "residual": False}, around)
    keep = torch.ones(around.edges, dtype=torch.bool)
    gone = (around.rows == 4) & (around.indices == 3)
    keep[gone | ((around.rows == 3) & (around.indices == 4))] = False

    left = module(around.view(View(keep)), x)
    torch.testing.assert_close(left[4], x[2] + (x[2] + x[5]) / 2)


def test_a_relation_without_edges_and_a_graph_without_any() -> None:
    """A view may leave nothing of a relation, and a subset of relations nothing of a node."""
    none = torch.zeros(0, dtype=torch.int64).numpy()
    empty = Graph.build(
        Layout((("item", 3),)), {"knowledge": triple_csr(none, none, none, 3, 0)}, kernel="torch"
    )
    for transform in TRANSFORMS:
        module = Relational.parse({"transform": transform}).build(made.spec(empty)).double()
        x = made.vectors()[:3]
        torch.testing.assert_close(module(empty, x), module.own(x))


def hub(neighbours: int) -> Graph:
    """Item 0 is in the same relation to so many entities."""
    heads, relation = np.zeros(neighbours, np.int64), np.zeros(neighbours, np.int64)
    around = triple_csr(heads, relation, 1 + np.arange(neighbours), 1 + neighbours, 1)
    layout = Layout((("item", 1), ("entity", neighbours)))
    return Graph.build(layout, {"knowledge": around}, kernel="torch")


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_bf16_is_summed_in_fp32(transform: str, norm: str) -> None:
    """A mean of 3,000 ones is 1, and each parameter's gradient is what it is in fp32: a sum of bf16 stands
    still at 256."""
    around, found = hub(3000), []
    module = Relational.parse({"transform": transform, "norm": norm}).build(made.spec(around)).float()
    x = torch.rand(around.nodes, 3, generator=torch.Generator().manual_seed(0))
    for kind in (torch.float32, torch.bfloat16):
        rows = x.to(kind, copy=True).requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=kind == torch.bfloat16):
            out = module(around, rows)
        wanted = [rows, *module.parameters()]
        found.append((out, *torch.autograd.grad(out.float().sum(), wanted)))
    for one, other in zip(*found, strict=True):
        assert (other.float() - one).norm() <= 0.02 * one.norm()


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("unit", [1e-30, 2.0**-43, 1.0, 1e20])
def test_the_unit_of_weights_means_nothing(unit: float, norm: str, kernel: str) -> None:
    """As far as edges are accepted: an old one may weigh next to nothing."""
    x, found = made.vectors().float(), []
    for weight in (1.0, unit):
        user, item = np.array(made.TAKEN).T
        own = symmetric(user, item, made.NODES, weight * np.array(made.WEIGHTS, np.float32))
        around = Graph.build(made.LAYOUT, {"interaction": own}, kernel=kernel)
        module = Relational.parse({"transform": "none", "norm": norm}).build(made.spec(around))
        found.append(module(around, x))
    torch.testing.assert_close(*found)
