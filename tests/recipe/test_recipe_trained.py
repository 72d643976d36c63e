"""`train` beside a model that is trained: what it states, what a recipe says, and what means nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from recbox.context import Context
from recbox.errors import Mistake, RecipeError
from recbox.recipe import Recipe, load
from recbox.recipe.varying import vary
from recbox.registry import Registry
from tests.recipe.recipe_kit import marks, place

HEAD = "recbox: 1\ndata: {source: {use: synthetic}, split: {by: user-random}}\n"


@cache
def registry() -> Registry:
    return Registry([Path(__file__).with_name("recipe_learners.py")])


def read(where: Any, sets: Sequence[str] = ()) -> Recipe:
    return load(where, sets=sets, registry=registry(), context=Context())


def text(folder: Path, body: str, sets: Sequence[str] = ()) -> Recipe:
    path = folder / "r.yaml"
    path.write_text(HEAD + body)
    return read(path, sets)


def expect(folder: Path, body: str, *said: str) -> tuple[Mistake, ...]:
    """Mistakes stand where `§` does, in order, and say `said`."""
    clean, places = marks(HEAD + body)
    path = folder / "r.yaml"
    path.write_text(clean)
    with pytest.raises(RecipeError) as caught:
        read(path)
    found = caught.value.mistakes
    assert sorted(map(place, found)) == places, "\n".join(map(str, found))
    whole = "\n".join(map(str, found))
    assert all(words in whole for words in said), whole
    return found


def test_what_the_model_states_is_the_default(tmp_path: Path) -> None:
    recipe = text(tmp_path, "model: {use: pairwise}\n")
    training = recipe.stage[0].training
    assert recipe.trained
    assert (training.epochs, training.optimizer.lr, training.batch) == (30, 0.5, 2048)
    assert (training.schedule.by, training.schedule.every) == ("step", 3)
    assert recipe.stage[0].objective == ()


def test_what_the_recipe_says_is_laid_over_it(tmp_path: Path) -> None:
    said = "{epochs: 2, optimizer: {momentum: 0.5, by: sgd}, schedule: {every: 9}}"
    body = f"model: {{use: pairwise}}\ntrain: {said}\n"
    training = text(tmp_path, body).stage[0].training
    assert (training.epochs, training.schedule.by, training.schedule.every) == (2, "step", 9)
    assert (training.optimizer.by, training.optimizer.lr, training.optimizer.momentum) == ("sgd", 0.5, 0.5)


def test_another_schedule_takes_the_settings_of_the_old_one_away(tmp_path: Path) -> None:
    training = text(tmp_path, "model: {use: pairwise}\ntrain: {schedule: {by: constant}}\n").stage[0].training
    assert (training.schedule.by, training.schedule.every) == ("constant", 20)


@pytest.mark.parametrize("use", ["pairwise", "rows"])
def test_a_resolved_recipe_reads_as_itself_and_says_what_means_something(use: str, tmp_path: Path) -> None:
    recipe = text(tmp_path, f"model: {{use: {use}}}\ntrain: {{epochs: 5}}\n")
    assert read(recipe.resolved).resolved == recipe.resolved
    left = {
        "edge_dropout",
        "item_dropout",
        "propagation",
        *(("recency", "negative", "candidate") if use == "rows" else ()),
    }
    assert not left & set(recipe.resolved["train"])
    assert ("negative" in recipe.resolved["train"]) == (use == "pairwise")
    assert "objective" not in recipe.resolved


def test_settings_reach_it(tmp_path: Path) -> None:
    recipe = text(tmp_path, "model: {use: rows}\n", ["train.optimizer.lr=0.25", "train.batch=3"])
    assert (recipe.stage[0].training.optimizer.lr, recipe.stage[0].training.batch) == (0.25, 3)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("model: {use: ease}\n§train: {epochs: 3}\n", "a `model` that is fitted at one go"),
        ("model: {use: rows}\n§objective: [{use: bpr}]\n", "`objective` is part of a graph recipe"),
        ("model: {use: rows}\n§layer: []\n", "`layer` is part of a graph recipe"),
        ("model: {use: rows}\n§dim: 8\n", "`dim` is part of a graph recipe"),
        ("model: {use: rows}\ntrain: {§stage: [{epochs: 3}]}\n", "a model is trained in one stage"),
        ("model: {use: rows}\ntrain: {§edge_dropout: 0.1}\n", "a model has no graph"),
        ("model: {use: rows}\ntrain: {§propagation: full}\n", "a model has no graph"),
        ("model: {use: rows}\ntrain: {§recency: {by: order}}\n", "its batches are of users"),
        ("model: {use: rows}\ntrain: {§negative: {count: 2}}\n", "it draws no negatives"),
        ("model: {use: rows}\ntrain: {§candidate: warm}\n", "it draws no negatives"),
        ("model: {use: pairwise}\ntrain: {negative: §{by: hard}}\n", "hard negatives are chosen by score"),
        ("model: {use: pairwise, wants: one}\ntrain: {negative: §{count: 2}}\n", "one negative for each"),
        ("model: {use: pairwise}\ntrain: {§epoch: 2}\n", "did you mean 'epochs'"),
        ("model: {use: pairwise}\ntrain: {epochs: §0}\n", "`epochs` must be at least 1"),
        ("model: {use: pairwise}\ntrain: {schedule: {by: cosine, every: §3}}\n", "`cosine` would not use it"),
        ("model: {use: §misstated}\n", "the `course` of the model 'misstated' can't be read"),
        ("model: {use: §pairwis}\ntrain: {epochs: 3}\n", "did you mean 'pairwise'"),
        ("model: {use: pairwise, dim: §0}\ntrain: {epochs: 3}\n", "`dim` must be at least 1"),
    ],
)  # fmt: skip
def test_a_mistake_stands_in_its_place(body: str, said: str, tmp_path: Path) -> None:
    expect(tmp_path, body, said)


def test_recency_is_for_batches_of_interactions(tmp_path: Path) -> None:
    body = "model: {use: pairwise}\ntrain: {recency: {by: order}}\n"
    assert text(tmp_path, body).stage[0].training.recency.by == "order"


def test_a_refit_can_not_repeat_a_plateau(tmp_path: Path) -> None:
    body = "model: {use: rows}\ntrain: {schedule: {by: plateau}}\nevaluate: {refit: §true}\n"
    expect(tmp_path, body, "can't repeat exactly")


def test_a_search_over_its_settings(tmp_path: Path) -> None:
    recipe = text(
        tmp_path, "model: {use: rows}\nsearch: {train.optimizer.lr: [0.1, 0.2], train.batch: [3, 5]}\n"
    )
    varied = read(vary(recipe.resolved, {"train.optimizer.lr": 0.2, "train.batch": 5}))
    assert (varied.stage[0].training.optimizer.lr, varied.stage[0].training.batch) == (0.2, 5)


def test_a_search_over_models_leaves_each_its_own_course(tmp_path: Path) -> None:
    recipe = text(tmp_path, "model: {use: pairwise}\nsearch: {model.use: [pairwise, rows, ease]}\n")
    found = {use: read(vary(recipe.resolved, {"model.use": use})) for use in ("pairwise", "rows", "ease")}
    assert [found[use].trained for use in found] == [True, True, False]
    assert (found["pairwise"].stage[0].training.epochs, found["rows"].stage[0].training.batch) == (30, 7)
