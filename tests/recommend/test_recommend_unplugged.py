"""An artifact recommends without the plugins that it was only trained with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import recbox
from recbox.api.load import Fitted
from recbox.errors import PluginError
from recbox.recipe import load_network

CODE = Path(__file__).with_name("recommend_training.py")
BOTH = {"fuse": "sum", "part": [{"use": "id"}, {"use": "feature"}]}
RECIPE: dict[str, Any] = {
    "recbox": 1,
    "dim": 8,
    "data": {"source": {"use": "made"}, "split": {"by": "user-random"}},
    "encoder": {"user": BOTH, "item": BOTH},
    "layer": [{"use": "gat", "heads": 2}],
    "combine": "attention",
    "train": {"epochs": 2, "batch": 128, "optimizer": {"lr": 0.05}},
    "evaluate": {"k": [10], "metric": ["ndcg", "found"], "select": "found@10", "baseline": [], "refit": True},
}
ALIKE = {
    "type": "item-relation",
    "by": "near",
    "made": "nearest",
    "neighbours": 3,
    "vectors": {"use": "marks"},
}
LOSS = {
    "a term": {"objective": [{"use": "bpr"}, {"use": "even"}]},
    "a term that disturbs": {"objective": [{"use": "bpr"}, {"use": "shaken", "weight": 0.1}]},
    "edges made of vectors": {"objective": [{"use": "bpr"}], "graph": {"edge": ["interaction", ALIKE]}},
}
NEW = {"id": [1001, 1002], "genre": [["a"], None], "year": [1990, None]}


@pytest.fixture(scope="module", params=LOSS.values(), ids=LOSS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("unplugged") / "a"
    return recbox.run({**RECIPE, **request.param}, threads=1, code=[CODE], out=out).folder


def lists(fitted: Fitted) -> list[pl.DataFrame]:
    """Lists for new users and with new items, and all weights."""
    some = fitted.dataset.item.ids[:3].to_list()
    features = {"age": 30, "occupation": None}
    return [
        fitted.recommend(fitted.some_user()),
        fitted.recommend(history=some, features=features),
        fitted.with_items(NEW).recommend(history=some, features=features, k=50),
        *(fitted.attention("item"), fitted.hops("user"), fitted.with_items(NEW).hops("item")),
    ]


def test_known_and_new_nodes_are_scored_without_what_only_trains(folder: Path) -> None:
    with_all, without = (lists(recbox.load(folder, code=code)) for code in ([CODE], []))
    for one, other in zip(with_all, without, strict=True):
        assert one.equals(other) and len(one)


def test_the_vectors_are_those_that_training_came_to(folder: Path) -> None:
    artifact = recbox.load(folder).artifact
    stored = artifact.tensors("scorer")
    again = artifact.growth.known.final.numpy()
    assert again == pytest.approx(np.concatenate([stored["user"], stored["item"]]), abs=1e-6)


def test_what_reads_data_trains_and_judges_is_asked_for_where_it_is_needed(folder: Path) -> None:
    for needing in (lambda f: f.evaluate(), lambda f: f.ground()):
        with pytest.raises(PluginError, match="there is no"):
            needing(recbox.load(folder))
    assert recbox.load(folder, code=[CODE]).evaluate()["found@10"] > 0


def test_the_network_is_what_the_whole_recipe_says(folder: Path) -> None:
    from recbox.context import Context
    from recbox.recipe import load
    from recbox.registry import Registry

    alone = load_network(folder / "recipe.yaml", registry=Registry(), context=Context())
    whole = load(folder / "recipe.yaml", registry=Registry([CODE]), context=Context())
    for name, value in vars(alone).items():
        assert value == getattr(whole, name), name
