"""What training doesn't know isn't taught to be disliked: items without interactions, as negatives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from recbox.context import Context
from recbox.data import Column, Dataset, Nodes
from recbox.progress import Silent
from recbox.recipe import load
from recbox.recommender import Recommender, build, build_graph
from recbox.registry import Registry
from recbox.train import GraphCourse, fit
from tests.hearing import Heard
from tests.train.conftest import GROUPS, ITEMS, RECIPE, world  # noqa: F401 - fixtures

COLD = np.arange(ITEMS - 6, ITEMS)
BOTH = {"fuse": "sum", "part": [{"use": "id"}, {"use": "feature"}]}
LOSSES: dict[str, list[dict[str, Any]]] = {
    "softmax": [{"use": "softmax"}],
    "sampled": [{"use": "softmax", "over": "sampled"}],
    "bpr": [{"use": "bpr"}],
    "bce": [{"use": "bce"}],
}


@pytest.fixture
def planted(world: Dataset) -> Dataset:  # noqa: F811
    """The world with its items' group as a column."""
    group = pl.DataFrame({"id": range(ITEMS), "group": [f"g{i % GROUPS}" for i in range(ITEMS)]})
    return replace(world, item=Nodes(group, (Column("group", "categorical"),)))


@pytest.fixture
def cold(planted: Dataset) -> Dataset:
    """Without the interactions of the last items."""
    x = planted.interaction
    return replace(planted, interaction=x.take(np.flatnonzero(~np.isin(x.item, COLD))))


def trained(
    data: Dataset,
    item: dict[str, Any],
    candidate: str,
    objective: list[dict[str, Any]],
    blocks: dict[str, Any] | None = None,
    heard: Silent | None = None,
    **train: Any,
) -> tuple[dict[str, torch.Tensor], Recommender]:
    """(weights before training, the recommender afterwards)."""
    context = Context(threads=1, progress=heard or Silent())
    course = {"epochs": 2, "batch": 64, "optimizer": {"lr": 0.05}, "candidate": candidate, **train}
    graph_blocks = {"encoder": {"user": {"use": "id"}, "item": item}, "objective": objective, "train": course}
    recipe = load({**RECIPE, **graph_blocks, **(blocks or {})}, registry=Registry(), context=context)
    graph = build_graph(recipe.edge, data, context)
    recommender = build(recipe, data, graph, context)
    before = {k: v.clone() for k, v in recommender.state_dict().items()}
    fit(GraphCourse(recipe, recommender, graph, data, context), None)
    return before, recommender


def moved(before: dict[str, torch.Tensor], recommender: Recommender) -> np.ndarray:
    """bool `[items]`: whose id has another vector than before."""
    name = "encoder.item.part.0.weight"
    return (before[name] != recommender.state_dict()[name]).any(1).numpy()


@pytest.mark.parametrize("by", ["uniform", "popular", "in-batch", "hard"])
def test_an_id_that_nothing_is_known_of_stays_as_drawn_whatever_draws(by, cold):
    done = moved(*trained(cold, BOTH, "auto", LOSSES["bpr"], negative={"by": by}))
    assert not done[COLD].any() and done[: COLD[0]].all()


@pytest.mark.parametrize("name", list(LOSSES))
def test_it_stays_whatever_the_loss_and_moves_where_all_are_candidates(name, cold):
    objective = LOSSES[name]
    assert not moved(*trained(cold, BOTH, "auto", objective))[COLD].any()
    assert not moved(*trained(cold, {"use": "id"}, "warm", objective))[COLD].any()
    assert moved(*trained(cold, BOTH, "all", objective))[COLD].any()


def test_ids_alone_have_all_items_for_candidates(cold):
    """Of an item that nobody took, that alone is known, and it is something."""
    one, other = (trained(cold, {"use": "id"}, c, LOSSES["softmax"]) for c in ("auto", "all"))
    assert moved(*one).all()
    assert all(
        torch.equal(a, b) for a, b in zip(one[1].state_dict().values(), other[1].state_dict().values())
    )


@pytest.mark.parametrize("name", list(LOSSES))
def test_without_cold_items_nothing_changes_bit_for_bit(name, planted):
    assert np.bincount(planted.interaction.item, minlength=ITEMS).all()
    states = [
        trained(planted, BOTH, c, LOSSES[name])[1].state_dict().values() for c in ("auto", "warm", "all")
    ]
    for same in zip(*states):
        assert torch.equal(same[0], same[1]) and torch.equal(same[0], same[2])


def test_a_user_who_knows_all_candidates_is_left_out(cold):
    x = cold.interaction
    every = np.arange(COLD[0], dtype=np.int64)
    rows = {"user": np.append(x.user, np.zeros_like(every)), "item": np.append(x.item, every)}
    more = replace(x, **rows, weight=np.ones(len(rows["user"]), np.float32), time=None)
    before, recommender = trained(replace(cold, interaction=more), BOTH, "auto", LOSSES["softmax"])
    assert not moved(before, recommender)[COLD].any()
    assert all(torch.isfinite(p).all() for p in recommender.parameters())


SPLIT = {"data": {"source": {"use": "synthetic"}, "split": {"by": "cold-item"}}}
JUDGED = {"evaluate": {"k": [5], "metric": ["ndcg"], "select": "ndcg@5", "baseline": [], "candidate": "cold"}}


@pytest.mark.parametrize("blocks", [SPLIT, JUDGED], ids=["split", "candidate"])
def test_what_is_to_be_found_and_taught_against_is_told(blocks, cold):
    for candidate, times in (("all", 1), ("auto", 0), ("warm", 0)):
        heard = Heard()
        trained(cold, BOTH, candidate, LOSSES["bpr"], blocks, heard)
        assert sum("positives against cold items" in text for text in heard.said) == times
    heard = Heard()
    trained(cold, BOTH, "all", LOSSES["bpr"], None, heard)
    assert not any("cold items" in text for text in heard.said)


@pytest.mark.parametrize("edges", [0.0, 0.2])
def test_items_that_are_left_out_have_no_edges_in_a_step_and_users_lose_no_others(edges, prepare):
    """As cold items, drawn anew in each step; the same epoch and step draws the same."""
    recipe, recommender, *rest = prepare(train={"item_dropout": 0.5, "edge_dropout": edges, "batch": 64})
    loss = GraphCourse(recipe, recommender, *rest).open(0)
    graph, seen = rest[0], []
    recommender.register_forward_pre_hook(lambda _, given: seen.append(given[0].count))
    for step in (0, 1, 0):
        batch = next(loss.batches.epoch(0, rest[2]))
        loss.terms(batch, 0, step)
    start = graph.layout.offset("item")
    gone = [(count[start:] == 0) for count in seen]
    assert all(0.2 < float(g.double().mean()) < 0.8 for g in gone)
    assert not torch.equal(gone[0], gone[1]) and torch.equal(gone[0], gone[2])
    stays = graph.count[start:][~gone[0]]
    assert torch.equal(seen[0][start:][~gone[0]], stays) == (edges == 0)
    assert seen[0][:start].sum() == seen[0][start:].sum()
