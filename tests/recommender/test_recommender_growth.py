"""New nodes in a trained graph: one way, by hand, and against the same pass written down again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from recbox.context import Context
from recbox.data import Column, Dataset, Interactions, Nodes, Relation
from recbox.errors import DataError, UnsupportedError
from recbox.plugin import NewItems, NewUsers
from recbox.recipe import load
from recbox.recipe.edge import Edge
from recbox.recommender import GraphScorer, Growth, build, structures
from recbox.registry import Registry

pytestmark = pytest.mark.kernel
USERS, ITEMS = 3, 4
PAIRS = [(0, 0), (0, 1), (1, 1), (1, 2), (2, 1)]
"""Degrees: users 2, 2, 1; items 1, 3, 1, 0."""
RECIPE = {
    "recbox": 1,
    "name": "tiny",
    "dim": 4,
    "data": {"source": {"use": "synthetic"}, "split": {"by": "user-random"}},
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "objective": [{"use": "bpr"}],
    "evaluate": {"baseline": []},
}
GENRES = {"user": {"use": "id"}, "item": {"use": "feature", "columns": ["genre"]}}
BOTH = {"user": {"use": "feature"}, "item": {"fuse": "sum", "part": [{"use": "id"}, {"use": "feature"}]}}


def tiny(last: list[str] | None = None, times: list[int] | None = None) -> Dataset:
    """last: the genres of item 3, which nobody has. times: of the pairs."""
    user, item = (np.array(ends, dtype=np.int64) for ends in zip(*PAIRS))
    weight = np.array([1, 4, 2, 1, 3], np.float32)
    time = None if times is None else np.array(times)
    friend = Relation(("user", "user"), np.array([0]), np.array([2]), np.ones(1, np.float32))
    users = pl.DataFrame({"id": range(USERS), "age": [20.0, 30.0, None]})
    genre = pl.Series([["a"], ["a", "b"], ["b"], last], dtype=pl.List(pl.String))
    items = pl.DataFrame({"id": range(ITEMS), "genre": genre})
    nodes = Nodes(users, (Column("age", "numeric"),)), Nodes(items, (Column("genre", "multi"),))
    return Dataset("tiny", *nodes, Interactions(user, item, weight, time), {"friend": friend})


def growth(
    kernel: str = "torch",
    graph: dict[str, Any] | None = None,
    last: list[str] | None = None,
    times: list[int] | None = None,
    **blocks: Any,
) -> tuple[Growth, GraphScorer]:
    """graph: not read with the recipe, for no source has these data."""
    data, context = tiny(last, times), Context(threads=1, kernel=kernel)
    recipe = load({**RECIPE, **blocks}, registry=Registry(), context=context)
    recipe = replace(recipe, edge=tuple(Edge.parse(edge) for edge in (graph or EDGES[0])["edge"]))
    shape = structures(recipe.edge, data)
    whole = shape.graph(context)
    recommender = build(recipe, data, whole, context)
    grown = Growth(recipe, recommender, shape, context)
    scorer = GraphScorer.of(recommender, whole, recipe.head.options.retrievable)
    scorer.grow = lambda: grown
    return grown, scorer


def array(x: torch.Tensor) -> np.ndarray:
    return x.detach().numpy()


def test_the_graph_by_hand(kernel_name):
    """A new user with items 1 and 3. Degrees: the user's own 2, item 1's 3 as in training, item 3's none, so
    that nothing comes from it: x' = x_1 / √(2 · 3)."""
    grown, _ = growth(kernel_name, combine="concat")
    hops = [array(h) for h in grown.known.hops]
    found = array(grown.users(NewUsers.of([[1, 3]])))[0]
    expected = np.concatenate([np.zeros(4), *(hops[n][USERS + 1] / 6**0.5 for n in (0, 1))])
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_mean_over_hops_counts_the_missing_id_as_zeros(kernel_name):
    grown, _ = growth(kernel_name)
    x = array(grown.known.hops[0])[USERS:]
    y = array(grown.known.hops[1])[USERS:]
    expected = ((x[0] / 2**0.5 + x[2] / 2**0.5) + (y[0] / 2**0.5 + y[2] / 2**0.5)) / 3
    assert array(grown.users(NewUsers.of([[0, 2]])))[0] == pytest.approx(expected, abs=1e-6)


def test_weights_of_a_history_are_those_of_edges(kernel_name):
    """Item 1 sums 4 + 2 + 3 = 9, item 2 sums 1; the user 5 + 1 = 6: 5 / √(6 · 9) and 1 / √(6 · 1)."""
    grown, _ = growth(
        kernel_name,
        graph={"edge": [{"type": "interaction", "weight": "value"}]},
        layer=[{"use": "lightgcn"}],
        combine="last",
    )
    x = array(grown.known.hops[0])[USERS:]
    expected = x[1] * 5 / 54**0.5 + x[2] / 6**0.5
    assert array(grown.users(NewUsers.of([[2, 1]], [[1.0, 5.0]])))[0] == pytest.approx(expected, abs=1e-6)
    with pytest.raises(DataError, match="above 0"):
        grown.users(NewUsers.of([[1]], [[0.0]]))


FADING = {"type": "interaction", "recency": {"by": "order", "half_life": 0.5}}


def test_under_recency_a_history_counts_its_weights_only_where_they_count(kernel_name):
    """By half_life and times the edges of items 1 and 2 weigh 1/2 + 1/2 + 1 = 2 and 1, or with the data's
    weights 4/2 + 2/2 + 3 = 6 and 1. A new user's don't fade: 1 and 1, or 5 and 1 as given."""
    blocks = {"layer": [{"use": "lightgcn"}], "combine": "last", "times": [40, 0, 20, 100, 60]}
    plain, _ = growth(kernel_name, {"edge": [FADING]}, **blocks)
    x = array(plain.known.hops[0])[USERS:]
    expected = x[1] / 4**0.5 + x[2] / 2**0.5
    for weights in ([1.0, 1.0], [1.0, 25.0], [0.0, -1.0]):
        found = array(plain.users(NewUsers.of([[2, 1]], [weights])))[0]
        assert found == pytest.approx(expected, abs=1e-6)
    valued, _ = growth(kernel_name, {"edge": [{**FADING, "weight": "value"}]}, **blocks)
    x = array(valued.known.hops[0])[USERS:]
    expected = x[1] * 5 / 36**0.5 + x[2] / 6**0.5
    assert array(valued.users(NewUsers.of([[2, 1]], [[1.0, 5.0]])))[0] == pytest.approx(expected, abs=1e-6)


LAYERS: list[list[dict[str, Any]]] = [
    [{"use": "lightgcn", "repeat": 3}],
    [{"use": "lightgcn", "norm": "row"}, {"use": "lightgcn", "norm": "none"}],
    [{"use": "gcn", "activation": "relu", "repeat": 2}],
    [{"use": "gcn", "residual": False}, {"use": "gat", "heads": 2}],
    [{"use": "gat", "heads": 2, "residual": False}],
]
EDGES = [
    {"edge": [{"type": "interaction"}]},
    {"edge": [{"type": "interaction", "weight": "value"}, {"type": "user-relation", "by": "friend"}]},
]


def one_way(grown: Growth, node: str, first: torch.Tensor, edges: list[tuple[int, float]]) -> torch.Tensor:
    """The pass for one new node, written down again: dense, each layer from its own formula."""
    r, s = grown.recommender, grown.structures.graph(grown.context)
    degree = s.degree.double()
    source = torch.tensor([u for u, _ in edges], dtype=torch.long)
    w = torch.tensor([x for _, x in edges], dtype=torch.float64)
    own, hops = w.sum(), [first.double()]
    for part, layer, known in zip(
        [p for p in grown.recipe.layer for _ in range(p.repeat)], r.layer, grown.known.hops, strict=False
    ):
        x, options = known.double(), part.options
        layer = layer.double()
        if part.label == "gat":
            z, mine = layer.weight(x).view(-1, *layer.shape), layer.weight(hops[-1]).view(1, *layer.shape)
            score = (mine * layer.target).sum(-1) + (z[source] * layer.source).sum(-1)
            score = torch.nn.functional.leaky_relu(score, options.slope)
            if s.weight is not None:
                score = score + w.log()[:, None]
            received = (torch.softmax(score, 0)[:, :, None] * z[source]).sum(0).flatten()[None]
        else:
            value = x if part.label == "lightgcn" else layer.weight(x)
            scale = {"sym": w / (own * degree[source]).sqrt(), "row": w / own, "none": w}[options.norm]
            received = (scale[:, None] * value[source]).sum(0, keepdim=True)
        if part.label != "lightgcn":
            received = layer.activation(received + (0 if layer.own is None else layer.own(hops[-1])))
        hops.append(received)
        layer.float()
    return torch.stack(hops).mean(0)


@pytest.mark.parametrize("graph", EDGES, ids=["plain", "weighted, related"])
@pytest.mark.parametrize("layer", LAYERS, ids=lambda x: "-".join(p["use"] for p in x))
@torch.no_grad()
def test_it_equals_the_one_way_pass(layer, graph, kernel_name):
    grown, _ = growth(kernel_name, layer=layer, graph=graph, encoder=BOTH)
    weighted = graph is EDGES[1]
    edges = [(USERS + 0, 2.0 if weighted else 1.0), (USERS + 2, 3.0 if weighted else 1.0)]
    features = pl.DataFrame({"age": [41.0]})
    first = grown.recommender.encoder["user"].fresh(features)
    found = grown.users(NewUsers.of([[0, 2]], [[2.0, 3.0]], features))
    torch.testing.assert_close(found.double(), one_way(grown, "user", first, edges), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda x: "-".join(p["use"] for p in x))
def test_a_twin_of_a_user_known_by_features_has_its_vector(layer, kernel_name):
    grown, scorer = growth(kernel_name, layer=layer, encoder=BOTH)
    new = NewUsers.of([[0, 1], [1]], features=pl.DataFrame({"age": [20.0, None]}))
    torch.testing.assert_close(grown.users(new), grown.known.final[[0, 2]], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(
        scorer.new_users(new).block(np.arange(2)), scorer.block(np.array([0, 2])), atol=1e-5, rtol=1e-5
    )


@pytest.mark.parametrize("layer", LAYERS, ids=lambda x: "-".join(p["use"] for p in x))
def test_an_item_like_one_that_nobody_has_scores_as_it(layer, kernel_name):
    """Item 3 has no edges and no genre; by its features alone, a new one without a genre is the same."""
    grown, scorer = growth(kernel_name, layer=layer, encoder=GENRES)
    rows = pl.DataFrame({"genre": [None, ["a"]]}, schema={"genre": pl.List(pl.String)})
    torch.testing.assert_close(grown.items(rows)[0], grown.known.final[USERS + 3], atol=1e-6, rtol=1e-5)
    both, users = scorer.with_items(rows), np.arange(USERS)
    assert torch.equal(both.block(users)[:, :ITEMS], scorer.block(users))
    torch.testing.assert_close(both.block(users)[:, ITEMS], scorer.block(users)[:, 3], atol=1e-6, rtol=1e-5)


def test_an_id_beside_features_is_missing_of_a_new_item():
    grown, _ = growth(encoder=BOTH, layer=[])
    rows = pl.DataFrame({"genre": [["a", "b"]]})
    ids, features = grown.recommender.encoder["item"].part
    assert array(grown.items(rows)) == pytest.approx(array(features(torch.tensor([1]))), abs=1e-7)
    assert array(grown.known.final[USERS + 1]) == pytest.approx(
        array(features(torch.tensor([1])) + ids(torch.tensor([1])))[0], abs=1e-7
    )


def fused(fuse: str, *beside: dict[str, Any]) -> dict[str, Any]:
    """Users and items with an id that is left out where nobody has them, and what stands beside it."""
    parts = [{"use": "id", "dropout": 0.2}, *beside]
    return {node: {"fuse": fuse, "part": parts} for node in ("user", "item")}


def moved(grown: Growth) -> Growth:
    """With parameters of the fuses as they may be after some training."""
    generator = torch.Generator().manual_seed(3)
    for encoder in grown.recommender.encoder.values():
        for parameter in encoder.fuse.parameters():
            parameter.data.normal_(0.0, 1.0, generator=generator)
    return grown


FEATURE = {"use": "feature"}
FUSES = ("sum", "concat", "gate", "attention")


@pytest.mark.parametrize("last", [None, ["a", "b"], ["b"]], ids=str)
@pytest.mark.parametrize("beside", [(FEATURE,), (FEATURE, FEATURE)], ids=len)
@pytest.mark.parametrize("fuse", FUSES)
def test_a_new_item_is_fused_as_one_that_nobody_has(fuse, beside, last):
    """Of neither is there an id: by the same features they have the same weights and the same vector."""
    grown, _ = growth(encoder=fused(fuse, *beside), last=last)
    moved(grown)
    rows = pl.DataFrame({"genre": [["a"], last]}, schema={"genre": pl.List(pl.String)})
    torch.testing.assert_close(grown.items(rows)[1], grown.known.final[USERS + 3], atol=1e-5, rtol=1e-5)
    weights, known = grown.weights("item", rows), grown.recommender.weights().get("item")
    if fuse in ("sum", "concat"):
        assert weights is None and known is None
    else:
        torch.testing.assert_close(weights[1], known[3], atol=1e-6, rtol=1e-5)
        assert not weights[:, 0].any() and weights.sum(1).tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize("fuse", FUSES)
def test_features_alone_make_a_new_item_whatever_the_fuse(fuse):
    """Without layers: the feature's own row, where it has all the weight; beside zeros for the id."""
    grown, _ = growth(encoder=fused(fuse, FEATURE), layer=[])
    moved(grown)
    row = array(grown.recommender.encoder["item"].part[1](torch.tensor([1])))[0]
    found = array(grown.items(pl.DataFrame({"genre": [["a", "b"]]})))[0]
    expected = np.concatenate([np.zeros(4), row]) if fuse == "concat" else row
    assert found == pytest.approx(expected, abs=1e-7)


def test_a_gate_of_two_features_by_hand():
    """No id, and a bias that gives the second of the other two parts odds of 3 to 1, in each dimension."""
    grown, _ = growth(encoder=fused("gate", FEATURE, FEATURE), layer=[])
    item = grown.recommender.encoder["item"]
    item.fuse.scores.bias.data[8:] = float(np.log(3))
    item.fuse.scores.bias.data[:4] = 50.0
    one, other = (array(part(torch.tensor([2])))[0] for part in item.part[1:])
    rows = pl.DataFrame({"genre": [["b"]]})
    assert array(grown.items(rows))[0] == pytest.approx(one / 4 + 3 * other / 4, abs=1e-6)
    assert grown.weights("item", rows)[0].tolist() == pytest.approx([0, 1 / 4, 3 / 4], abs=1e-6)


@pytest.mark.parametrize("fuse", FUSES)
def test_a_new_user_of_features_is_fused_without_an_id(fuse, kernel_name):
    grown, _ = growth(kernel_name, encoder=fused(fuse, FEATURE))
    moved(grown)
    features = pl.DataFrame({"age": [20.0]})
    first = grown.recommender.encoder["user"].fresh(features)
    part = grown.recommender.encoder["user"].part[1](torch.tensor([0]))
    expected = torch.cat([torch.zeros(1, 4), part], 1) if fuse == "concat" else part
    torch.testing.assert_close(first, expected)
    edges = [(USERS + 0, 1.0), (USERS + 2, 1.0)]
    found = grown.users(NewUsers.of([[0, 2]], features=features))
    torch.testing.assert_close(found.double(), one_way(grown, "user", first, edges), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("graph", EDGES, ids=["plain", "weighted, related"])
def test_none_depends_on_who_else_comes(graph):
    grown, scorer = growth(graph=graph, layer=[{"use": "gcn", "repeat": 2}])
    lists = [[0, 2], [1], [], [0, 1, 2, 3]]
    together = grown.users(NewUsers.of(lists))
    alone = torch.cat([grown.users(NewUsers.of([one])) for one in lists])
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-5)
    assert torch.isfinite(scorer.with_users(NewUsers.of(lists)).block(np.arange(USERS + 4))).all()


def test_known_vectors_stay_bit_for_bit():
    """Among as many users, for a product may round a row differently among fewer."""
    grown, scorer = growth(encoder=BOTH)
    hops = [hop.clone() for hop in grown.known.hops]
    known = np.resize(np.arange(USERS), USERS + 1)
    before = scorer.block(known).clone()
    both = scorer.with_user([0, 1]).with_items(pl.DataFrame({"genre": [["b"]]}))
    assert torch.equal(both.block(np.arange(USERS + 1))[:USERS, :ITEMS], before[:USERS])
    assert torch.equal(scorer.block(known), before)
    assert all(torch.equal(a, b) for a, b in zip(hops, grown.known.hops))


def test_ids_alone_say_nothing_of_new_items():
    _, scorer = growth()
    with pytest.raises(UnsupportedError) as error:
        scorer.new_items(NewItems(pl.DataFrame({"genre": [["a"]]})))
    assert "encoder id" in error.value.why
    assert "feature" in error.value.instead


FRIENDS = {"graph": {"edge": [{"type": "user-relation", "by": "friend"}]}}


@pytest.mark.parametrize(
    ("blocks", "why", "instead"),
    [
        ({"layer": []}, "no layer brings them what", "a recipe with a `layer`, or"),
        (FRIENDS, "the graph has no interactions that would bring them", "`interaction` in `graph.edge`, or"),
        (
            {**FRIENDS, "layer": []},
            "no layer",
            "a recipe with a `layer` and `interaction` in `graph.edge`, or",
        ),
    ],
    ids=["no layer", "no interactions in the graph", "neither"],
)
def test_without_messages_an_id_says_nothing_of_new_users(blocks, why, instead):
    _, scorer = growth(**blocks)
    with pytest.raises(UnsupportedError, match="scores no new users") as error:
        scorer.with_user([0])
    assert why in error.value.why and error.value.instead.startswith(instead)
    assert error.value.instead.endswith("`encoder: {user: {use: feature}}`")


def test_vectors_alone_say_where_the_recommender_is():
    _, scorer = growth()
    scorer.grow = None
    with pytest.raises(UnsupportedError, match="the recommender that made them"):
        scorer.with_user([0])


@pytest.mark.parametrize("head", [{"use": "cosine"}, {"use": "mlp", "hidden": [6]}], ids=lambda h: h["use"])
def test_every_head_scores_them(head):
    grown, scorer = growth(head=head, encoder=BOTH)
    both = scorer.with_user([0], features=pl.DataFrame({"age": [33.0]}))
    user = grown.users(NewUsers.of([[0]], features=pl.DataFrame({"age": [33.0]})))
    with torch.no_grad():
        expected = grown.recommender.head.block(user, grown.known.final[USERS:])
    torch.testing.assert_close(both.block(np.array([USERS])), expected)
