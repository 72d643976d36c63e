"""A small world with planted structure, and recipes over it made of real parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from recbox.context import Context
from recbox.data import Dataset, Interactions, Nodes
from recbox.recipe import load
from recbox.recommender import build, build_graph
from recbox.registry import Registry

USERS, ITEMS, GROUPS = 40, 30, 3


@pytest.fixture(scope="session")
def world() -> Dataset:
    """User u likes the items of group u mod 3, eight of ten; one item in fifteen is of another group."""
    draw = np.random.default_rng(0)
    user, item = np.meshgrid(np.arange(USERS), np.arange(ITEMS), indexing="ij")
    same = user % GROUPS == item % GROUPS
    take = draw.random(same.shape) < np.where(same, 0.8, 1 / 15)
    u, i = (a[take].astype(np.int64) for a in (user, item))
    nodes = (Nodes(pl.DataFrame({"id": range(n)})) for n in (USERS, ITEMS))
    return Dataset("world", *nodes, Interactions(u, i, np.ones(len(u), np.float32)))


RECIPE = {
    "recbox": 1,
    "name": "world",
    "dim": 8,
    "data": {"source": {"use": "synthetic"}, "split": {"by": "user-random"}},
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "objective": [{"use": "bpr"}, {"use": "l2", "weight": 1e-4}],
    "train": {"epochs": 6, "batch": 64, "optimizer": {"lr": 0.05}, "patience": None},
    "evaluate": {"k": [5], "select": "ndcg@5", "metric": ["ndcg"], "baseline": []},
}


@pytest.fixture
def prepare(world):
    """(recipe, recommender, graph, train, context) of RECIPE with some top-level blocks replaced."""

    def make(kernel: str = "torch", **blocks):
        context = Context(threads=1, kernel=kernel)
        given = {k: v for k, v in {**RECIPE, **blocks}.items() if v is not None}
        recipe = load(given, registry=Registry(), context=context)
        context = context.with_(seed=recipe.seed)
        graph = build_graph(recipe.edge, world, context)
        return recipe, build(recipe, world, graph, context), graph, world, context

    return make


@pytest.fixture
def validate(world):
    """The share of each user's own group among the top ten: it rises as the planted structure is learned."""

    def value(scorer) -> dict[str, float]:
        best = scorer.block(np.arange(USERS)).topk(10).indices.numpy()
        return {"ndcg@5": float((best % GROUPS == np.arange(USERS)[:, None] % GROUPS).mean())}

    return value


def with_epochs(recipe, epochs: int):
    """The recipe with another number of epochs in its only stage."""
    stage = recipe.stage[0]
    training = stage.training.model_copy(update={"epochs": epochs})
    return replace(recipe, stage=(replace(stage, training=training),))
