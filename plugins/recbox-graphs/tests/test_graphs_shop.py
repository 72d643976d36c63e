"""`behaviour-gcn` in a recipe: what `recbox check` asks for, a run with what was learned, and new users."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

import recbox
from recbox.api.check import check
from recbox.data import Dataset, Interactions, Nodes, Relation
from recbox.errors import RecipeError
from recbox.plugin import Context, NewUsers
from recbox.recipe import load
from recbox.recommender import Growth, build, structures
from recbox.registry import Registry
from tests.hearing import Heard

USERS, ITEMS = 3, 4
BOUGHT, VIEWED = [(0, 0), (0, 1), (1, 1), (2, 2)], [(0, 0), (0, 3), (1, 2), (2, 1)]


def shop(layer: dict[str, Any] | None = None, edge: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    files = [{"path": "events.csv", "columns": {"time": "time", "behaviour": "behaviour"}}]
    both = ["interaction", {"type": "behaviour", "by": "view"}]
    return {
        "recbox": 1,
        "name": "shop",
        "dim": 4,
        "data": {"source": {"use": "table", "interaction": files}, "target": "buy",
                 "split": {"by": "leave-last"}},
        "graph": {"edge": both if edge is None else edge},
        "layer": [{"use": "behaviour-gcn"} | (layer or {})],
        "train": {"epochs": 3, "batch": 32, "optimizer": {"lr": 0.05}},
        "evaluate": {"k": [5], "metric": ["ndcg"], "select": "ndcg@5", "baseline": []},
    } | more  # fmt: skip


def read(plain: dict[str, Any]) -> Any:
    return load(plain, registry=Registry(), context=Context(threads=1))


def test_without_edges_of_a_behaviour_it_says_what_to_add() -> None:
    with pytest.raises(RecipeError) as caught:
        read(shop(edge=["interaction"]))
    (found,) = caught.value.mistakes
    assert found.what == "the layer 'behaviour-gcn' needs edges of type `behaviour`"
    assert found.instead == "add {type: behaviour, by: NAME} to graph.edge"
    read(shop())


def test_a_scale_is_refused_where_every_layer_takes_types_apart() -> None:
    edge = ["interaction", {"type": "behaviour", "by": "view", "scale": 0.3}]
    with pytest.raises(RecipeError) as caught:
        read(shop(edge=edge))
    (found,) = caught.value.mistakes
    assert found.line.strip() == "- {type: behaviour, by: view, scale: 0.3}"
    assert "would do nothing: 'behaviour-gcn' takes each edge type by itself" in found.what
    read(shop(edge=edge) | {"layer": [{"use": "behaviour-gcn"}, {"use": "lightgcn"}]})


def test_check_lists_the_edges(tmp_path: Path) -> None:
    events(tmp_path)
    made = {"type": "item-relation", "made": "co-occurrence", "neighbours": 3, "scale": 0.1}
    fading = {"type": "interaction", "recency": {"by": "order", "half_life": 0.2}}
    plain = shop(edge=[fading, {"type": "behaviour", "by": "view"}, made], layer={"use": "lightgcn"})
    lines = dict(check(plain, data_dir=[tmp_path]).lines)
    assert lines["edge interaction"] == "given, recency order 0.2"
    assert lines["edge behaviour.view"] == "given"
    assert lines["edge item-relation.co-occurrence"] == "co-occurrence, scale 0.1; neighbours 3"


def small() -> Dataset:
    """Item 0 has one purchase and item 1 two; item 3 was only viewed."""
    (user, item), (viewer, seen) = (np.array(list(zip(*pairs)), np.int64) for pairs in (BOUGHT, VIEWED))
    ones = np.ones(len(user), np.float32)
    view = Relation(("user", "item"), viewer, seen, ones)
    nodes = [Nodes(pl.DataFrame({"id": range(count)})) for count in (USERS, ITEMS)]
    return Dataset("small", *nodes, Interactions(user, item, ones), {"view": view})


@pytest.mark.parametrize("by", ["sum", "weight", "count", "attention"])
def test_a_new_user_by_hand(kernel: str, by: str) -> None:
    """With items 1 and 3: they have two edges, item 1 has two in training, and item 3 none, so that nothing
    comes from it: `x_1 / √(2 · 2)`, in one hop. `weight` halves it, for nobody new has viewed anything;
    `count` and `attention` weigh what is there. Who was there stays as they were."""
    recipe, context, data = read(shop({"by": by}, combine="last")), Context(threads=1, kernel=kernel), small()
    shape = structures(recipe.edge, data)
    whole = shape.graph(context)
    recommender = build(recipe, data, whole, context)
    grown = Growth(recipe, recommender, shape, context)
    found = grown.users(NewUsers.of([[1, 3], [0]]))
    first = grown.known.hops[0]
    share = 0.5 if by == "weight" else 1.0
    expected = torch.stack([first[USERS + 1] / 2, first[USERS]]) * share
    assert torch.allclose(found, expected, atol=1e-6)
    assert torch.equal(grown.known.final, recommender(whole).final)


def events(folder: Path) -> None:
    rng = np.random.default_rng(0)
    rows = []
    for user in range(30):
        for place, item in enumerate(rng.permutation(20)[:8]):
            names = ["view", "cart", "buy"] if place % 2 else ["view"]
            rows += [(user, int(item), 10 * place + n, name) for n, name in enumerate(names)]
    frame = pl.DataFrame(rows, schema=["user", "item", "time", "behaviour"], orient="row")
    frame.write_csv(folder / "events.csv")


@pytest.mark.parametrize("by", ["sum", "weight", "count", "attention"])
def test_a_run_learns_repeats_and_can_be_read(by: str, tmp_path: Path) -> None:
    events(tmp_path)
    edge = ["interaction", *({"type": "behaviour", "by": name} for name in ("view", "cart"))]
    plain, heard = shop({"by": by, "repeat": 2}, edge), Heard()
    runs = [
        recbox.run(plain, data_dir=[tmp_path], out=tmp_path / name, threads=1, progress=heard).folder
        for name in ("one", "other")
    ]
    one, other = (recbox.load(folder).artifact for folder in runs)
    weights = one.tensors("weights")
    assert all((array == other.tensors("weights")[name]).all() for name, array in weights.items())
    layer = one.growth.recommender.layer[0]
    assert layer.behaviours == ("interaction", "behaviour.view", "behaviour.cart")
    if by in ("weight", "count"):
        assert weights["layer.0.share.score"].any(), "it began at zeros"
        assert sum(layer.behaviour_weights.values()) == pytest.approx(1)
    said = [line for line in heard.said if line.startswith("weights of behaviours, layer 1: interaction ")]
    assert len(said) == (0 if by == "attention" else 2), "once in each run"
    assert recbox.load(runs[0]).recommend(history=[1, 2], k=3).height == 3


def test_bf16_and_dropped_edges(tmp_path: Path) -> None:
    events(tmp_path)
    train = {"epochs": 1, "batch": 32, "precision": "bf16", "edge_dropout": 0.3}
    for by in ("weight", "count", "attention"):
        done = recbox.run(shop({"by": by}, train=train), data_dir=[tmp_path], out=tmp_path / by, threads=1)
        assert recbox.load(done.folder).artifact.history[0]["loss"] > 0
