"""Layers over relations, for people who come later: with the items of a known one they get its vector."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from recbox.data import Interactions, Knowledge, Nodes
from recbox.plugin import Context, Dataset, NewUsers
from recbox.recipe import load_network
from recbox.recommender import Growth, build, structures
from recbox.registry import Registry

pytestmark = pytest.mark.kernel
USERS, ITEMS = 4, 4
LAYERS: list[dict[str, Any]] = [
    {"use": "kgat"},
    {"use": "kgat", "aggregator": "graphsage", "normalise": False},
    {"use": "relational", "norm": "sym"},
    {"use": "relational", "transform": "full"},
    {"use": "relational", "transform": "weight", "norm": "row"},
    {"use": "relational", "transform": "none"},
]


def shop() -> Dataset:
    """Four people and four films, and what two of the films are."""
    user, item = np.array([0, 0, 1, 1, 2, 3]), np.array([0, 1, 1, 2, 2, 0])
    told = Knowledge(np.array([0, 1, 4]), np.array([0, 0, 1]), np.array([4, 4, 5]), ("made by", "of"))
    return Dataset(
        "shop",
        Nodes(pl.DataFrame({"id": range(USERS)})),
        Nodes(pl.DataFrame({"id": range(ITEMS)})),
        Interactions(user, item, np.ones(6, np.float32)),
        entity=Nodes(pl.DataFrame({"id": ["a", "b", "c"]})),
        knowledge=told,
    )


@pytest.mark.parametrize("layer", LAYERS, ids=lambda x: "-".join(map(str, x.values())))
@torch.no_grad()
def test_a_twin_of_a_user_whose_id_says_nothing_has_its_vector(layer: dict[str, Any], kernel: str) -> None:
    """A newcomer has no id; a known one's is set to zeros."""
    recipe = {
        "recbox": 1,
        "dim": 4,
        "data": {"source": {"use": "movielens-100k", "knowledge": True}},
        "graph": {"edge": ["interaction", "knowledge"]},
        "layer": [{**layer, "repeat": 2}],
        "train": {"epochs": 1},
    }
    context, data = Context(kernel=kernel), shop()
    read = load_network(recipe, registry=Registry(), context=context)
    shape = structures(read.edge, data)
    recommender = build(read, data, shape.graph(context), context)
    for parameter in recommender.encoder["user"].parameters():
        parameter.zero_()
    grown = Growth(read, recommender, shape, context)
    found = grown.users(NewUsers.of([[0, 1], [2], [3]]))
    torch.testing.assert_close(found[:2], grown.known.final[[0, 2]], atol=1e-6, rtol=1e-5)
