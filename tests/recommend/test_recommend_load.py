"""`recbox.load`: what a run saved scores, recommends and measures the same again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

import recbox
from recbox.api.load import Fitted
from recbox.artifact import Content, write
from recbox.context import Context
from recbox.errors import ArtifactError
from recbox.head.mlp import MLP
from recbox.plugin import Spec
from recbox.recommender import GraphScorer

RECIPE: dict[str, Any] = {
    "recbox": 1,
    "name": "made",
    "data": {"source": {"use": "synthetic", "users": 60, "items": 40, "interactions": 900}},
    "model": {"use": "item-knn"},
    "evaluate": {"k": [5], "baseline": [], "select": "ndcg@5"},
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return recbox.run(RECIPE, out=tmp_path_factory.mktemp("load") / "made")


def test_what_is_measured_again_is_what_was_measured(outcome: Any) -> None:
    fitted = recbox.load(outcome.folder)
    assert fitted.evaluate() == outcome.metrics["test"] == fitted.metrics["test"]


def test_stored_values_of_users_have_the_reported_mean(outcome: Any) -> None:
    per_user = recbox.load(outcome.folder).artifact.per_user
    assert per_user is not None
    for name in per_user.columns[1:]:
        assert per_user[name].mean() == pytest.approx(outcome.metrics["test"][name], abs=1e-12)


def test_everybody_can_be_recommended_to(outcome: Any) -> None:
    fitted = recbox.load(str(outcome.folder))
    frame = fitted.recommend(k=5)
    assert frame["user"].n_unique() == len(fitted.dataset.user)
    assert fitted.some_user() in fitted.dataset.user.ids.to_list()
    assert fitted.recipe.startswith("recbox: 1")
    known = set(zip(fitted.dataset.interaction.user.tolist(), fitted.dataset.interaction.item.tolist()))
    users, items = (
        {i: n for n, i in enumerate(ids.to_list())}
        for ids in (fitted.dataset.user.ids, fitted.dataset.item.ids)
    )
    assert not known & {(users[u], items[i]) for u, i in frame.select("user", "item").iter_rows()}


def test_a_graph_scorer_comes_back_with_its_head(make: Callable[..., Content], tmp_path: Path) -> None:
    head = MLP()
    draw = torch.Generator().manual_seed(1)
    module = head.build(Spec("", 21, 4, 1, None, None, Context(), "head"))
    scorer = GraphScorer(
        torch.randn(12, 4, generator=draw), torch.randn(9, 4, generator=draw), module, head.retrievable
    )
    described = {"kind": "graph", "use": "mlp", "options": head.values()}
    fitted = recbox.load(write(make(scorer=scorer, scorer_head=described), tmp_path / "graph"))
    users = np.arange(12)
    assert fitted.scorer.block(users).equal(scorer.block(users))
    assert "graph-neural-network" in (fitted.folder / "README.md").read_text()


def test_a_notebook_shows_it_and_runs_nothing(make: Callable[..., Content], tmp_path: Path) -> None:
    name = "<script>alert(1)</script>"
    metrics = {**make().metrics, "test": {"<img src=x onerror=1>": 0.5}}
    fitted = recbox.load(write(make(name=name, metrics=metrics), tmp_path / "x"))
    html = fitted._repr_html_()
    assert "<script" not in html and "<img" not in html
    assert "12 users, 9 items, 60 interactions" in html
    assert "12 users" in repr(fitted)


def test_marks_of_a_run_that_is_none(make: Callable[..., Content], tmp_path: Path) -> None:
    data = replace(make().dataset, synthetic=True)
    fitted = recbox.load(write(make(dataset=data, status="interrupted"), tmp_path / "x"))
    assert "synthetic data, interrupted" in repr(fitted)


def test_titles_are_null_where_there_are_none(make: Callable[..., Content], tmp_path: Path) -> None:
    data = make().dataset
    bare = replace(data, item=replace(data.item, table=data.item.table.select("id"), columns=()))
    frame = recbox.load(write(make(dataset=bare), tmp_path / "x")).recommend(1, k=1)
    assert frame.schema["title"] == pl.String
    assert frame["title"].to_list() == [None]


def test_what_is_no_artifact(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no recbox artifact") as caught:
        recbox.load(tmp_path)
    assert "`recbox run RECIPE` makes one" in caught.value.instead


def test_a_folder_that_is_not_there_names_those_that_are(
    make: Callable[..., Content], tmp_path: Path
) -> None:
    for name in ("mine", "yours", "third-one"):
        write(make(), tmp_path / "runs" / name)
    for asked, said in (
        (tmp_path / "runs" / "third-on", "did you mean 'third-one'?"),
        (tmp_path / "runs" / "nope", f"one of those in {tmp_path / 'runs'}: mine, third-one, yours"),
        (tmp_path / "runs", f"one of those in {tmp_path / 'runs'}: mine, third-one, yours"),
        (tmp_path / "nowhere" / "nope", "`recbox run RECIPE` makes one, and says where"),
    ):
        with pytest.raises(ArtifactError) as caught:
            recbox.load(asked)
        assert caught.value.instead == said


def test_the_type_is_named(fitted: Fitted) -> None:
    assert isinstance(recbox.load(fitted.folder), Fitted)
