"""Entities in a graph: where they stand, what their edges are, and that users and items alone are scored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from recbox.context import Context
from recbox.data import Dataset, Interactions, Knowledge, Nodes
from recbox.encoder.id import Id
from recbox.errors import DataError
from recbox.plugin import NewUsers, Spec
from recbox.recipe import load
from recbox.recipe.edge import Edge
from recbox.recommender import GraphScorer, Growth, Recommender, build, build_graph, structures
from recbox.registry import Registry

PAIRS = [(0, 0), (0, 1), (1, 1)]
TRIPLES = [(0, 0, 2), (1, 0, 2), (1, 1, 3), (0, 1, 2), (3, 1, 2)]
"""Items are 0 and 1, entities 2 and 3. Item 0 and entity 2 have two relations."""
RECIPE: dict[str, Any] = {
    "recbox": 1,
    "dim": 4,
    "data": {"source": {"use": "synthetic"}, "split": {"by": "user-random"}},
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "evaluate": {"baseline": []},
}
EDGES = (Edge(), Edge(type="knowledge"))
KNOWN = {"graph": {"edge": ["interaction", "knowledge"]}}


def tiny() -> Dataset:
    user, item = (np.array(ends, dtype=np.int64) for ends in zip(*PAIRS))
    head, relation, tail = (np.array(part, dtype=np.int64) for part in zip(*TRIPLES))
    users, items = (Nodes(pl.DataFrame({"id": [0, 1]})) for _ in range(2))
    entity = Nodes(pl.DataFrame({"id": ["a", "b"]}))
    known = Knowledge(head, relation, tail, ("of", "by"))
    x = Interactions(user, item, np.ones(3, np.float32))
    return Dataset("tiny", users, items, x, entity=entity, knowledge=known)


def edges_of(edge: Edge, kernel: str) -> list[tuple[int, int, int]]:
    """(row, relation, index) of each edge."""
    own = build_graph((Edge(), edge), tiny(), Context(kernel=kernel))["knowledge"]
    return list(zip(own.rows.tolist(), own.edge["relation"].tolist(), own.indices.tolist()))


def test_a_triple_is_there_in_both_directions(kernel_name: str) -> None:
    """Items are the nodes 2 and 3, entities 4 and 5; the inverse of relation r is r + 2."""
    forth = [(h + 2, r, t + 2) for h, r, t in TRIPLES]
    back = [(t + 2, r + 2, h + 2) for h, r, t in TRIPLES]
    found = edges_of(EDGES[1], kernel_name)
    assert sorted(found) == sorted(forth + back)
    assert found == sorted(found, key=lambda edge: (edge[0], edge[2], edge[1]))


def test_opposite_edges_know_each_other(kernel_name: str) -> None:
    own = build_graph(EDGES, tiny(), Context(kernel=kernel_name))["knowledge"]
    assert torch.equal(own.rows[own.reverse], own.indices)
    assert torch.equal((own.edge["relation"] + 2) % 4, own.edge["relation"][own.reverse])


def test_some_relations_alone_in_the_order_of_the_recipe(kernel_name: str) -> None:
    found = edges_of(Edge(type="knowledge", relation=("by",)), kernel_name)
    assert sorted(found) == [(2, 0, 4), (3, 0, 5), (4, 1, 2), (4, 1, 5), (5, 0, 4), (5, 1, 3)]
    turned = edges_of(Edge(type="knowledge", relation=("by", "of")), kernel_name)
    assert (3, 1, 4) in turned
    assert (3, 0, 5) in turned


def test_the_union_adds_what_two_relations_weigh(kernel_name: str) -> None:
    graph = build_graph((Edge(), Edge(type="knowledge", scale=0.5)), tiny(), Context(kernel=kernel_name))
    weight = {(r, i): w for r, i, w in zip(*(x.tolist() for x in (graph.rows, graph.indices, graph.weight)))}
    assert weight[2, 4] == weight[4, 2] == 1.0
    assert weight[3, 5] == 0.5
    assert weight[0, 2] == 1.0
    assert graph.layout.counts == (("user", 2), ("item", 2), ("entity", 2))


def test_an_unknown_relation_and_data_without_triples_are_told() -> None:
    with pytest.raises(DataError, match="no relation 'off'") as caught:
        build_graph((Edge(type="knowledge", relation=("off",)),), tiny(), Context())
    assert caught.value.instead == "did you mean 'of'?"
    with pytest.raises(DataError, match="the data has no triples"):
        build_graph(EDGES, replace(tiny(), knowledge=None), Context())


def made(kernel: str, **blocks: Any) -> tuple[Growth, Recommender, GraphScorer]:
    context = Context(threads=1, kernel=kernel)
    encoder = {type: {"use": "id"} for type in ("user", "item")}
    recipe = load({**RECIPE, "encoder": encoder, **blocks}, registry=Registry(), context=context)
    recipe = replace(recipe, edge=EDGES, encoder=recipe.encoder | {"entity": recipe.encoder["item"]})
    shape = structures(EDGES, tiny(), {})
    graph = shape.graph(context)
    recommender = build(recipe, tiny(), graph, context)
    grown = Growth(recipe, recommender, shape, context)
    scorer = GraphScorer.of(recommender, graph, recipe.head.options.retrievable)
    scorer.grow = lambda: grown
    return grown, recommender, scorer


def test_users_and_items_alone_are_scored(kernel_name: str) -> None:
    grown, recommender, scorer = made(kernel_name)
    assert scorer.shape == recommender.counts == (2, 2)
    final = grown.known.final
    assert len(final) == 6
    torch.testing.assert_close(scorer.block(np.arange(2)), final[:2] @ final[2:4].T)


def test_vectors_are_a_hop_over_all_three(kernel_name: str) -> None:
    """LightGCN written down again with a dense union, in which item 0 and entity 2 count twice."""
    grown, recommender, _ = made(kernel_name)
    dense = torch.zeros(6, 6)
    for user, item in PAIRS:
        dense[user, item + 2] += 1
        dense[item + 2, user] += 1
    for head, _, tail in TRIPLES:
        dense[head + 2, tail + 2] += 1
        dense[tail + 2, head + 2] += 1
    degree = dense.sum(1).rsqrt()
    step = degree[:, None] * dense * degree
    first = recommender.first()
    torch.testing.assert_close(grown.known.final, (first + step @ first + step @ step @ first) / 3)


def test_a_new_user_receives_what_items_are_with_their_knowledge(kernel_name: str) -> None:
    """One who has item 1 alone: each hop `h_1 / √(1 · d_1)`, of what item 1 was before."""
    grown, recommender, scorer = made(kernel_name)
    known = recommender(grown.structures.graph(grown.context))
    found = grown.users(NewUsers.of([[1]]))
    hops = [torch.zeros(1, 4), *(hop[3:4] / (1 * 4) ** 0.5 for hop in known.hops[:2])]
    torch.testing.assert_close(found, sum(hops) / 3)
    before = scorer.block(np.arange(2))
    assert torch.equal(scorer.with_user([1]).block(np.arange(2)), before)


def test_entities_are_not_cold_for_want_of_interactions() -> None:
    context = Context(threads=1)
    graph = build_graph(EDGES, tiny(), context)
    spec = Spec("entity", 2, 0, 4, tiny(), graph, context, "encoder.entity.0")
    module = Id(dropout=0.5).build(spec).eval()
    assert bool(module(torch.arange(2)).any(1).all())


@pytest.mark.parametrize("head", ["dot", "cosine", "mlp"])
def test_every_head_takes_users_and_items(head: str, kernel_name: str) -> None:
    _, _, scorer = made(kernel_name, head={"use": head})
    assert scorer.block(np.arange(2)).shape == (2, 2)


def test_items_that_are_left_out_of_a_step_are_items(kernel_name: str) -> None:
    from recbox.train.graph_loss import GraphLoss

    context = Context(threads=1, kernel=kernel_name)
    _, recommender, _ = made(kernel_name)
    recipe = load({**RECIPE, "train": {"item_dropout": 0.99}}, registry=Registry(), context=context)
    loss = GraphLoss(recipe, 0, recommender, build_graph(EDGES, tiny(), context), tiny(), context)
    dropped = [loss._left_out((0, 0, step)).drop for step in range(8)]
    assert not any(bool(drop[[0, 1, 4, 5]].any()) for drop in dropped)
    assert any(bool(drop[2:4].any()) for drop in dropped)
