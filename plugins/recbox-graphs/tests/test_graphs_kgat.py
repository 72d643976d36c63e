"""`kgat` by hand and beside a slow attention over edges."""

from __future__ import annotations

import math
from typing import Any

import knowledge_made as made
import pytest
import torch
from recbox_graphs.kgat import KGAT
from torch import nn
from torch.nn.functional import leaky_relu

from recbox.plugin import Graph, View

WAYS = [
    {"aggregator": "bi-interaction", "normalise": False},
    {"aggregator": "gcn", "size": 2},
    {"aggregator": "graphsage", "slope": 0.2},
]


def built(options: dict[str, Any], around: Graph) -> nn.Module:
    module = KGAT.parse(options).build(made.spec(around, dim=4)).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.linspace(-0.4, 0.5, parameter.numel()).view_as(parameter))
    return module


def weights(module: nn.Module, x: torch.Tensor, weighted: bool) -> list[torch.Tensor]:
    """`exp π(h,r,t) / Σ exp π(h,r',t')`, an edge at a time, in the order of `made.edges`."""
    every = list(made.edges(weighted=weighted))
    grown = []
    for head, relation, tail, weight in every:
        w = module.matrix[relation]
        score = (x[tail] @ w) @ torch.tanh(x[head] @ w + module.relation[relation])
        grown.append(weight * score.exp())
    total = [sum(g for g, (h, *_) in zip(grown, every) if h == node) for node in range(made.NODES)]
    return [g / total[head] for g, (head, *_) in zip(grown, every)]


def by_hand(module: nn.Module, options: dict[str, Any], x: torch.Tensor, weighted: bool) -> torch.Tensor:
    rows = [torch.zeros_like(x[0]) for _ in range(made.NODES)]
    pairs = zip(weights(module, x, weighted), made.edges(weighted=weighted), strict=True)
    for weight, (head, _, tail, _) in pairs:
        rows[head] = rows[head] + weight * x[tail]
    received, slope = torch.stack(rows), options.get("slope", 0.01)
    if options["aggregator"] == "graphsage":
        out = leaky_relu(module.transform[0](torch.cat([x, received], 1)), slope)
    else:
        out = leaky_relu(module.transform[0](x + received), slope)
        if options["aggregator"] == "bi-interaction":
            out = out + leaky_relu(module.transform[1](x * received), slope)
    return out / out.norm(dim=1, keepdim=True) if options.get("normalise", True) else out


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("options", WAYS)
def test_it_is_the_attention_of_the_paper(options: dict[str, Any], weighted: bool, kernel: str) -> None:
    around, x = made.graph(kernel, weighted=weighted), made.vectors().requires_grad_()
    module = built(options, around)
    slow = by_hand(module, options, x, weighted)
    made.assert_equal(module(around, x), slow, [x, *module.parameters()])


def test_weights_worked_by_hand(kernel: str) -> None:
    """Item 1 (node 3) receives from both users and both entities. With `W_r = 1`, `e_r = r/10`
    and one column, π is `e_t tanh(e_h + r/10)`: the relations are 0, 0, 1 and 2."""
    around, x = made.graph(kernel), torch.tensor([[0.5], [-1.0], [0.0], [0.3], [2.0], [1.0]]).double()
    module = KGAT().build(made.spec(around, width=1, dim=1)).double()
    module.matrix.data.fill_(1.0)
    module.relation.data = torch.arange(5.0)[:, None].double() / 10
    e = [math.exp(0.5 * math.tanh(0.3)), math.exp(-1.0 * math.tanh(0.3))]
    e += [math.exp(2.0 * math.tanh(0.4)), math.exp(1.0 * math.tanh(0.5))]
    found = module.attention(around, x)[around.rows == 3, 0].tolist()
    assert found == pytest.approx([one / sum(e) for one in e])
    assert around.indices[around.rows == 3].tolist() == [0, 1, 4, 5]


def test_attention_is_told_by_type_and_of_the_whole_graph(kernel: str) -> None:
    around, x = made.graph(kernel), made.vectors()
    module = built(WAYS[0], around)
    found, slow = module.by_type(around, x), weights(module, x, False)
    told = {}
    for (head, relation, tail, _), weight in zip(made.edges(), slow, strict=True):
        told[head, relation, tail] = float(weight.detach())
    for type, start in (("interaction", 0), ("knowledge", 1)):
        own = around[type]
        number = own.edge.get("relation", torch.zeros_like(own.rows))
        keys = zip(own.rows.tolist(), (start + number).tolist(), own.indices.tolist())
        assert found[type].tolist() == pytest.approx([told[key] for key in keys])
    whole = module.attention(around, x)
    assert whole.shape == (around.edges, 1)
    # Entity 0 is item 0's by two relations, which are one edge of the whole graph.
    both = (around.rows == 2) & (around.indices == 4)
    assert whole[both].item() == pytest.approx(told[2, 1, 4] + told[2, 2, 4])


def test_large_scores_stay_finite(kernel: str) -> None:
    around = made.graph(kernel)
    module, x = built({}, around), (1e4 * made.vectors()).requires_grad_()
    out = module(around, x)
    out.square().sum().backward()
    assert out.isfinite().all()
    assert x.grad.isfinite().all()


def test_what_is_left_out_weighs_nothing(kernel: str) -> None:
    around, x = made.graph(kernel), made.vectors()
    module = built({}, around)
    left = around.view(View(drop=torch.arange(made.NODES) == 4))
    found = torch.zeros(made.NODES, dtype=torch.float64)
    found = found.index_add(0, left.rows, module.attention(left, x)[:, 0])
    assert found.tolist() == pytest.approx([1, 1, 1, 1, 0, 1])
