"""What edges carry: by hand, for known edges and for those of new users."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from recbox.context import Context
from recbox.data import Dataset, Interactions, Relation
from recbox.errors import DataError
from recbox.plugin import NewUsers
from recbox.recipe import load
from recbox.recipe.edge import Edge
from recbox.recommender import Growth, build, build_graph, structures
from recbox.registry import Registry
from tests.recommender.test_recommender_growth import BOTH, RECIPE, USERS, tiny

pytestmark = pytest.mark.kernel
TIMES = [40, 0, 20, 100, 60]
"""Of the interactions 0–0, 0–1, 1–1, 1–2, 2–1, whose weights are 1, 4, 2, 1, 3."""
AGE = {(0, 0): 0.6, (0, 1): 1.0, (1, 1): 0.8, (1, 2): 0.0, (2, 1): 0.4}
ORDER = {(0, 0): 0.0, (0, 1): 0.5, (1, 1): 0.5, (1, 2): 0.0, (2, 1): 0.0}
WEIGHT = {(0, 0): 1, (0, 1): 4, (1, 1): 2, (1, 2): 1, (2, 1): 3}
EVERY = ["weight", "age", "order"]


def timed() -> Dataset:
    data = tiny()
    return replace(data, interaction=replace(data.interaction, time=np.array(TIMES)))


def read(graph, column: int) -> dict[tuple[int, int], float]:
    """By the two ends of each edge, the target first."""
    ends = zip(graph.rows.tolist(), graph.indices.tolist())
    return dict(zip(ends, graph.edge["feature"][:, column].tolist()))


def both_ways(values: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    at = {(u, USERS + i): value for (u, i), value in values.items()}
    return at | {(b, a): value for (a, b), value in at.items()}


@pytest.mark.parametrize("weight", ["none", "value"])
def test_interactions_by_hand(weight, kernel_name):
    edge = Edge.parse({"feature": EVERY, "weight": weight})
    graph = build_graph((edge,), timed(), Context(kernel=kernel_name))
    assert graph.edge["feature"].shape == (10, 3)
    for column, expected in enumerate((WEIGHT, AGE, ORDER)):
        assert read(graph, column) == pytest.approx(both_ways(expected))


def test_a_pair_that_is_there_twice_adds_its_weights_and_is_as_old_as_its_newest():
    data = timed()
    x = data.interaction
    more = Interactions(
        np.append(x.user, 0), np.append(x.item, 1), np.append(x.weight, 5).astype(np.float32),
        np.append(x.time, 80),
    )  # fmt: skip
    data = replace(data, interaction=more)
    graph = build_graph((Edge.parse({"feature": ["age", "weight"]}),), data, Context(kernel="torch"))
    assert read(graph, 0)[0, USERS + 1] == pytest.approx(0.2)
    assert read(graph, 1)[USERS + 1, 0] == 9


def test_links_carry_their_weights():
    data = tiny()
    relation = replace(data.relation["friend"], weight=np.array([7.0], np.float32))
    data = replace(data, relation={"friend": relation})
    edges = Edge(), Edge.parse({"type": "user-relation", "feature": ["weight"]})
    graph = build_graph(edges, data, Context(kernel="torch"))["user-relation"]
    assert graph.weight is None and read(graph, 0) == {(0, 2): 7, (2, 0): 7}


def weighing(weight: list[float]) -> Dataset:
    """With two links and five interactions, the first of which have these weights."""
    data = tiny()
    x = data.interaction
    relation = replace(
        data.relation["friend"], source=np.array([0, 1]), target=np.array([2, 2]), weight=np.float32(weight)
    )
    view = Relation(("user", "item"), np.array([0, 1]), np.array([0, 2]), np.float32(weight))
    weights = np.append(weight, x.weight[2:]).astype(np.float32)
    return replace(data, interaction=replace(x, weight=weights), relation={"friend": relation, "view": view})


ALL = {
    "interaction": {(0, USERS + 0): 0.0, (0, USERS + 1): -2.5},
    "user-relation": {(0, 2): 0.0, (1, 2): -2.5},
    "behaviour": {(0, USERS + 0): 0.0, (1, USERS + 2): -2.5},
}


@pytest.mark.parametrize("type", ALL)
def test_what_is_carried_may_be_0_or_less(type, kernel_name):
    """Of every kind of edge, as it doesn't count how many neighbours an edge is; weights that do are above
    0."""
    edge = {"type": type, "feature": ["weight"]}
    graph = build_graph((Edge.parse(edge),), weighing([0, -2.5]), Context(kernel=kernel_name))
    assert graph.weight is None
    found = read(graph, 0)
    for (target, source), value in ALL[type].items():
        assert found[target, source] == found[source, target] == value
    with pytest.raises(DataError, match=r"2 .* a weight that is not a number above 0"):
        build_graph((Edge.parse(edge | {"weight": "value"}),), weighing([0, -2.5]), Context(kernel="torch"))


@pytest.mark.parametrize("type", ALL)
@pytest.mark.parametrize("weight", [[np.inf, 1], [np.nan, 1]], ids=str)
def test_what_is_carried_is_a_number(type, weight):
    edge = Edge.parse({"type": type, "feature": ["weight"]})
    with pytest.raises(DataError, match=f"{type}: 2 edges carry what is no finite number"):
        build_graph((edge,), weighing(weight), Context(kernel="torch"))


def test_ages_need_times():
    for name in ("age", "order"):
        with pytest.raises(DataError, match=f"`{name}` needs times"):
            build_graph((Edge.parse({"feature": [name]}),), tiny(), Context(kernel="torch"))
    before = replace(tiny().interaction, time=np.array(TIMES) - 1000)  # of long ago, as numbers below 0
    graph = build_graph((Edge.parse({"feature": ["age"]}),), replace(tiny(), interaction=before), Context())
    assert read(graph, 0) == pytest.approx(both_ways(AGE))
    same = replace(tiny().interaction, time=np.full(5, 9))
    edge = Edge.parse({"feature": ["age"]})
    graph = build_graph((edge,), replace(tiny(), interaction=same), Context(kernel="torch"))
    assert not graph.edge["feature"].any()


def test_a_feature_stands_once():
    with pytest.raises(ValueError, match="`age` stands twice"):
        Edge.parse({"feature": ["age", "weight", "age"]})


def growth(kernel: str, feature: list[str], **blocks) -> Growth:
    """A trained-like recommender of gat with edge features, users known by an age."""
    data, context = timed(), Context(threads=1, kernel=kernel)
    layer = [{"use": "gat", "heads": 2, "edge_features": True, "repeat": 2}]
    recipe = load({**RECIPE, "layer": layer, "encoder": BOTH, **blocks}, registry=Registry(), context=context)
    recipe = replace(recipe, edge=(Edge.parse({"feature": feature}),))
    shape = structures(recipe.edge, data)
    recommender = build(recipe, data, shape.graph(context), context)
    generator = torch.Generator().manual_seed(3)
    for layer in recommender.layer:
        layer.edge.weight.data.normal_(0.0, 1.0, generator=generator)
    return Growth(recipe, recommender, shape, context)


def test_a_twin_of_a_known_user_has_its_vector(kernel_name):
    """By the same features and history, its weights and its order among them: those edges carry the same."""
    grown = growth(kernel_name, ["weight", "order"])
    new = NewUsers.of([[1, 0], [1]], [[4, 1], [3]], pl.DataFrame({"age": [20.0, None]}))
    torch.testing.assert_close(grown.users(new), grown.known.final[[0, 2]], atol=1e-5, rtol=1e-5)
    turned = NewUsers.of([[0, 1], [1]], [[1, 4], [3]], pl.DataFrame({"age": [20.0, None]}))
    assert (grown.users(turned)[0] - grown.known.final[0]).abs().max() > 1e-4


def test_what_a_new_user_has_is_the_newest(kernel_name):
    """User 1 with items 1 and 2, were both of them of the last moment."""
    grown = growth(kernel_name, ["age"])
    found = grown.users(NewUsers.of([[1, 2]], features=pl.DataFrame({"age": [30.0]})))[0]
    graph = grown.structures.graph(grown.context)
    place = int(graph.indptr[1])
    graph.edge["feature"][place : place + 2] = 0.0  # this test's own copy
    hops = [grown.known.hops[0]]
    for layer, before in zip(grown.recommender.layer, grown.known.hops):
        x = before.clone()
        x[1] = hops[-1][1]
        hops.append(layer(graph, x))
    torch.testing.assert_close(found, sum(h[1] for h in hops) / 3, atol=1e-5, rtol=1e-5)


def test_none_depends_on_who_else_comes():
    grown = growth("torch", EVERY)
    lists = [[0, 2], [1], [], [3, 0, 1]]
    together = grown.users(NewUsers.of(lists))
    alone = torch.cat([grown.users(NewUsers.of([one])) for one in lists])
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-5)
    assert torch.isfinite(together).all()


def test_where_nobody_knows_the_order_later_ones_are_newer():
    from recbox.recommender.carried import of_new_users

    new = NewUsers(np.array([0, 3, 4]), np.array([0, 1, 3, 2]), np.array([1, 5, 2, 3], np.float32))
    found = of_new_users(("order", "age", "weight"), new)
    assert found[:, 0].tolist() == pytest.approx([2 / 3, 1 / 3, 0, 0])
    assert not found[:, 1].any() and found[:, 2].tolist() == [1, 5, 2, 3]
    ordered = NewUsers.of([[3, 0, 1], [2]])
    assert of_new_users(("order",), ordered)[:, 0].tolist() == pytest.approx([1 / 3, 0, 2 / 3, 0])
