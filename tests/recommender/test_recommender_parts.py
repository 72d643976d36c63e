"""Encoders, hops and heads fit together, and the scorer that comes out says the same as the module."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recbox.errors import DataError
from recbox.kernel import View
from recbox.recipe.edge import Edge
from recbox.recommender import GraphScorer, build_graph
from tests.train.conftest import ITEMS, USERS, prepare, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.kernel


@pytest.mark.parametrize("combine", ["last", "mean", "sum", "concat"])
def test_combine_by_hand(combine, prepare):  # noqa: F811
    _, recommender, graph, *_ = prepare(combine=combine)
    with torch.no_grad():
        out = recommender(graph)
        x0 = recommender.first()
        x1 = graph.propagate(x0)
        x2 = graph.propagate(x1)
    for hop, expected in zip(out.hops, (x0, x1, x2)):
        torch.testing.assert_close(hop, expected)
    expected = {
        "last": x2,
        "mean": (x0 + x1 + x2) / 3,
        "sum": x0 + x1 + x2,
        "concat": torch.cat([x0, x1, x2], dim=1),
    }[combine]
    torch.testing.assert_close(out.final, expected)


HEADS = [{"use": "dot"}, {"use": "cosine"}, {"use": "mlp", "hidden": [6]}]


@pytest.mark.parametrize("head", HEADS, ids=lambda h: h["use"])
def test_the_scorer_scores_as_the_recommender_does(head, prepare):  # noqa: F811
    recipe, recommender, graph, *_ = prepare(head=head)
    scorer = GraphScorer.of(recommender, graph, recipe.head.options.retrievable)
    users, items = np.array([3, 0, 3]), np.array([1, 29, 7])
    with torch.no_grad():
        final = recommender(graph).final
        expected = recommender.head(final[users], final[USERS + items])
    torch.testing.assert_close(scorer.score(users, items), expected)
    torch.testing.assert_close(scorer.block(users)[[0, 1, 2], items], expected, atol=1e-5, rtol=1e-5)
    assert scorer.shape == (USERS, ITEMS)
    if scorer.vectors() is not None:
        u, i = scorer.vectors()
        torch.testing.assert_close(u[users] @ i.T, scorer.block(users))


@pytest.mark.parametrize("head", HEADS, ids=lambda h: h["use"])
def test_a_loaded_state_scores_bit_for_bit_the_same(head, prepare):  # noqa: F811
    recipe, recommender, graph, *_ = prepare(head=head)
    scorer = GraphScorer.of(recommender, graph, recipe.head.options.retrievable)
    again = GraphScorer.load(recipe.head.options, *scorer.state())
    assert torch.equal(again.block(np.arange(USERS)), scorer.block(np.arange(USERS)))


def test_training_goes_on_without_moving_a_scorer(prepare):  # noqa: F811
    _, recommender, graph, *_ = prepare()
    scorer = GraphScorer.of(recommender, graph, True)
    before = scorer.block(np.arange(3)).clone()
    with torch.no_grad():
        for p in recommender.parameters():
            p.add_(1.0)
    assert torch.equal(scorer.block(np.arange(3)), before)
    assert recommender.training


def test_a_view_takes_messages_away(prepare):  # noqa: F811
    _, recommender, graph, *_ = prepare()
    nothing = View(keep=torch.zeros(graph.edges, dtype=torch.bool))
    out = recommender(graph, nothing)
    assert torch.equal(out.hops[1], torch.zeros_like(out.hops[1]))


def test_noise_is_added_after_each_hop_and_goes_on_from_there(prepare):  # noqa: F811
    _, recommender, graph, *_ = prepare()
    asked = []

    def noise(hop, x):
        asked.append(hop)
        return x + (hop or 3)

    with torch.no_grad():
        out = recommender(graph, View(noise=noise))
        x0 = recommender.first() + 3
        x1 = graph.propagate(x0) + 1
        x2 = graph.propagate(x1) + 2
    assert asked == [0, 1, 2]
    for hop, expected in zip(out.hops, (x0, x1, x2)):
        torch.testing.assert_close(hop, expected)


def test_a_view_by_layers_leaves_out_other_edges_in_each(prepare):  # noqa: F811
    _, recommender, graph, *_ = prepare()
    views = [graph.edge_dropout(0.5, torch.Generator().manual_seed(n)) for n in (0, 1)]
    with torch.no_grad():
        out = recommender(graph, View(layers=tuple(views)))
        x1 = graph.view(views[0]).propagate(recommender.first())
        torch.testing.assert_close(out.hops[1], x1)
        torch.testing.assert_close(out.hops[2], graph.view(views[1]).propagate(x1))


def test_bf16_stays_near_fp32(prepare):  # noqa: F811
    _, recommender, graph, *_ = prepare(layer=[{"use": "gcn", "repeat": 2}])
    with torch.no_grad():
        exact = recommender(graph).final
        recommender.bf16 = True
        near = recommender(graph).final
    assert near.dtype == torch.float32
    assert not torch.equal(near, exact)
    torch.testing.assert_close(near, exact, atol=0.02, rtol=0.02)


def test_edge_weights_come_from_values_and_decay(world):  # noqa: F811
    from dataclasses import replace

    from recbox.context import Context

    x = world.interaction
    day = 86_400
    timed = replace(x, weight=np.full(len(x), 4.0, np.float32), time=np.arange(len(x)) * day)
    data = replace(world, interaction=timed)
    edge = Edge(weight="value", recency={"by": "time", "half_life": 2.0})
    graph = build_graph((edge,), data, Context(kernel="torch"))
    newest = graph.weight.max().item()
    assert newest == pytest.approx(4.0)
    expected = np.sort(4.0 * 0.5 ** (np.arange(len(x)) / 2.0))
    assert np.sort(graph.weight.numpy())[::2] == pytest.approx(expected, rel=1e-5)


def test_a_relation_becomes_edges_between_its_nodes(world):  # noqa: F811
    from dataclasses import replace

    from recbox.context import Context
    from recbox.data import Relation

    two = np.array([0, 1]), np.array([2, 0])
    friends = Relation(("item", "item"), *two, np.array([1.0, 3.0], np.float32))
    data = replace(world, relation={"similar": friends})
    edges = (Edge(), Edge(type="item-relation", weight="value", scale=2.0))
    graph = build_graph(edges, data, Context(kernel="torch"))["item-relation"]
    rows = {(int(r), int(c)): w for r, c, w in zip(graph.rows, graph.indices, graph.weight.tolist())}
    expected = {(0, 2): 1.0, (1, 0): 3.0}
    at = {(USERS + a, USERS + b): w for (a, b), w in expected.items()}
    assert rows == at | {(b, a): w for (a, b), w in at.items()}


def test_edges_that_the_data_cannot_give_are_refused(world):  # noqa: F811
    from dataclasses import replace

    from recbox.context import Context

    context = Context(kernel="torch")
    with pytest.raises(DataError, match="needs times"):
        build_graph((Edge(recency={"by": "order"}),), world, context)
    zero = replace(
        world, interaction=replace(world.interaction, weight=np.zeros(len(world.interaction), np.float32))
    )
    with pytest.raises(DataError, match="not a number above 0"):
        build_graph((Edge(weight="value"),), zero, context)
    with pytest.raises(DataError, match="0 relations of the data fit"):
        build_graph((Edge(type="user-relation"),), world, context)


def test_however_old_an_edge_is_there(world):  # noqa: F811
    """Halved in a millionth of a day it weighs nothing, and so would who has no others."""
    from dataclasses import replace

    from recbox.context import Context

    x = world.interaction
    data = replace(world, interaction=replace(x, time=np.arange(len(x)) * 86_400))
    edge = Edge(recency={"by": "time", "half_life": 1e-6})
    around = build_graph((edge,), data, Context(kernel="torch"))
    assert ((around.degree > 0) == (around.count > 0)).all()
    assert torch.isfinite(around.propagate(torch.ones(around.nodes, 2))).all()


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan, np.inf, 1e38, 1e-38])
def test_a_relation_needs_weights_above_0_where_they_count(weight, world):  # noqa: F811
    from dataclasses import replace

    from recbox.context import Context
    from recbox.data import Relation

    ends = np.array([0, 1]), np.array([2, 0])
    data = replace(
        world, relation={"similar": Relation(("item", "item"), *ends, np.array([1, weight], np.float32))}
    )
    with pytest.raises(DataError, match="1 links of similar have a weight that is not a number above 0"):
        build_graph((Edge(type="item-relation", weight="value"),), data, Context(kernel="torch"))
    assert build_graph((Edge(type="item-relation"),), data, Context(kernel="torch")).edges == 4


def test_several_behaviours_of_a_pair_count_once_without_weights(world):  # noqa: F811
    from dataclasses import replace

    from recbox.context import Context

    x = world.interaction
    twice = x.take(np.repeat(np.arange(len(x)), 2))
    behaviour = np.tile(np.array([0, 1], np.int8), len(x))
    data = replace(world, interaction=replace(twice, behaviour=behaviour), behaviours=("view", "buy"))
    graph = build_graph((Edge(),), data, Context(kernel="torch"))
    once = build_graph((Edge(),), world, Context(kernel="torch"))
    assert graph.weight is None and torch.equal(graph.indices, once.indices)
    assert torch.equal(graph.degree, once.degree)
