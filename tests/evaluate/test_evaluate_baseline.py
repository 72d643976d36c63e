"""Baselines: searched over their grid on validation, tested once, left out when they are too large."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from evaluate_cases import Table, made

from recbox.context import Context
from recbox.data import Interactions, Split
from recbox.errors import DataError, OptionError, UnsupportedError
from recbox.evaluate import Baseline, LeftOut, at_test, at_valid, baselines, fit_model, judge
from recbox.model.ease import EASE
from recbox.model.item_knn import ItemKNN
from recbox.model.popularity import Popularity
from recbox.plugin import Model, Need, Scorer, Spec
from recbox.recipe.blocks import Evaluate
from recbox.recipe.recipe import Part

CONTEXT = Context(threads=1)
USERS, ITEMS = 60, 40


@pytest.fixture(scope="module")
def data():
    """Two tastes: users and items of the same half go together, with some noise."""
    draw = np.random.default_rng(0)
    alike = (np.arange(USERS)[:, None] % 2) == (np.arange(ITEMS)[None, :] % 2)
    pairs = draw.permutation(np.argwhere(draw.random((USERS, ITEMS)) < np.where(alike, 0.5, 0.08)))
    return made(list(map(tuple, pairs)), USERS, ITEMS)


@pytest.fixture(scope="module")
def split(data):
    rows = np.arange(len(data.interaction))
    return Split(rows[rows % 10 < 7], rows[rows % 10 == 7], rows[rows % 10 > 7])


def model(name: str, options: Model) -> Part:
    return Part("model", name, options)


def test_each_combination_is_tried_and_the_best_on_validation_is_tested(data, split, metrics):
    evaluate = Evaluate(k=(5,), select="ndcg@5")
    results = baselines(
        [model("popularity", Popularity()), model("ease", EASE())], data, split, CONTEXT, evaluate, metrics
    )
    assert list(results) == ["popularity", "ease"]
    ease = results["ease"]
    assert isinstance(ease, Baseline)
    assert [t.options["l2"] for t in ease.trials] == list(EASE.grid["l2"])
    best = max(ease.trials, key=lambda t: t.valid["ndcg@5"])
    assert ease.options == best.options
    assert ease.valid == best.valid
    assert len(results["popularity"].trials) == 1
    assert ease.fit_s > 0
    assert ease.test["ndcg@5"] > results["popularity"].test["ndcg@5"]
    assert ease.per_user["ndcg@5"].mean() == ease.test["ndcg@5"]


def test_a_baseline_is_what_fitting_and_judging_by_hand_gives(data, split, metrics):
    evaluate = Evaluate(k=(5,), select="ndcg@5")
    result = baselines([model("ease", EASE(l2=50.0))], data, split, CONTEXT, evaluate, metrics)["ease"]
    scorer = fit_model(model("ease", EASE(l2=50.0)), data.take(split.train), CONTEXT).scorer
    assert len(result.trials) == 1
    assert result.valid == judge(scorer, at_valid(data, split), metrics, (5,), CONTEXT).values
    assert result.test == judge(scorer, at_test(data, split), metrics, (5,), CONTEXT).values


def test_options_that_the_recipe_gives_are_not_searched(data, split, metrics):
    part = model("item-knn", ItemKNN.parse({"similarity": "jaccard", "k": 7}))
    evaluate = Evaluate(k=(5,), select="recall@5")
    trials = baselines([part], data, split, CONTEXT, evaluate, metrics)["item-knn"].trials
    assert {t.options["k"] for t in trials} == {7}
    assert {t.options["similarity"] for t in trials} == {"jaccard"}
    assert [t.options["shrinkage"] for t in trials] == list(ItemKNN.grid["shrinkage"])


def test_refit_trains_on_validation_too_and_test_popularity_follows(data, split, metrics):
    parts = [model("popularity", Popularity())]
    both = data.take(np.concatenate([split.train, split.valid]))
    evaluate = Evaluate(k=(5,), select="ndcg@5", refit=True)
    result = baselines(parts, data, split, CONTEXT, evaluate, metrics)["popularity"]
    scorer = fit_model(parts[0], both, CONTEXT).scorer
    truth = at_test(data, split, refit=True)
    assert truth.popularity.sum() == len(split.train) + len(split.valid)
    assert result.test == judge(scorer, truth, metrics, (5,), CONTEXT).values
    alone = baselines(parts, data, split, CONTEXT, Evaluate(k=(5,), select="ndcg@5"), metrics)["popularity"]
    assert alone.valid == result.valid


def test_without_validation_nothing_is_searched(data, split, metrics):
    none = Split(np.concatenate([split.train, split.valid]), split.valid[:0], split.test)
    evaluate = Evaluate(k=(5,), select="ndcg@5")
    result = baselines([model("ease", EASE())], data, none, CONTEXT, evaluate, metrics)["ease"]
    assert result.valid == {}
    assert result.options == EASE().values()
    assert len(result.trials) == 1


def test_a_metric_where_less_is_better_chooses_the_least(data, split, metrics):
    evaluate = Evaluate(k=(5,), select="gini@5")
    result = baselines([model("ease", EASE())], data, split, CONTEXT, evaluate, metrics)["ease"]
    assert result.valid["gini@5"] == min(t.valid["gini@5"] for t in result.trials)


def test_a_metric_that_is_not_measured_cannot_choose(data, split, metrics):
    with pytest.raises(OptionError, match="'ndcg@7' is not measured"):
        baselines([model("ease", EASE())], data, split, CONTEXT, Evaluate(k=(5,), select="ndcg@7"), metrics)


def test_the_same_method_twice_keeps_both_rows(data, split, metrics):
    parts = [model("ease", EASE(l2=1.0)), model("ease", EASE(l2=9.0))]
    results = baselines(parts, data, split, CONTEXT, Evaluate(k=(5,), select="ndcg@5"), metrics)
    assert list(results) == ["ease", "ease-2"]
    assert results["ease-2"].options["l2"] == 9.0


class Witness(Model):
    """Popularity, which remembers what it was handed."""

    handed: ClassVar[list[Spec]] = []

    def fit(self, spec: Spec) -> Scorer:
        self.handed.append(spec)
        return Popularity().fit(spec)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        return Popularity().load(arrays, json)


def pairs(x: Interactions) -> set[tuple[int, int]]:
    return set(zip(x.user.tolist(), x.item.tolist(), strict=True))


@pytest.mark.parametrize("refit", [False, True])
def test_a_model_is_handed_no_held_out_interaction_and_no_memory_that_has_one(data, split, metrics, refit):
    Witness.handed.clear()
    evaluate = Evaluate(k=(5,), select="ndcg@5", refit=refit)
    baselines([model("witness", Witness())], data, split, CONTEXT, evaluate, metrics)
    parts = [split.train, np.concatenate([split.train, split.valid])][: 1 + refit]
    assert len(Witness.handed) == len(parts)
    for spec, part in zip(Witness.handed, parts, strict=True):
        x, whole = spec.train.interaction, data.interaction
        assert pairs(x) == pairs(whole.take(part))
        assert not pairs(x) & pairs(whole.take(split.test))
        for name in ("user", "item", "weight"):
            array = getattr(x, name)
            assert array.base is None and not np.shares_memory(array, getattr(whole, name))
        assert spec.graph is None


class Slow(Model):
    """Says that it takes two minutes, and fails if it is tried."""

    def need(self, users: int, items: int, interactions: int) -> Need:
        return Need(memory=0, seconds=120.0)

    def fit(self, spec: Spec) -> Scorer:
        raise AssertionError("it must not be fitted")

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        raise AssertionError


class Diverged(Model):
    """Scores that are not numbers, for one of its options."""

    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"bad": (False, True)}
    bad: bool = False

    def fit(self, spec: Spec) -> Scorer:
        return Table(torch.full((USERS, ITEMS), torch.nan if self.bad else 0.0))

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        raise AssertionError


def test_what_is_too_slow_or_too_large_or_fails_is_left_out_with_the_reason(data, split, metrics):
    small = CONTEXT.with_(memory=20_000)
    parts = [model("slow", Slow()), model("ease", EASE()), model("diverged", Diverged())]
    results = baselines(parts, data, split, small, Evaluate(k=(5,), select="ndcg@5"), metrics)
    assert all(isinstance(r, LeftOut) for r in results.values())
    assert "120 s" in results["slow"].reason
    assert "GiB" in results["ease"].reason
    assert "not a number" in results["diverged"].reason


def test_a_main_method_that_needs_too_much_memory_is_refused_before_it_starts(data):
    with pytest.raises(UnsupportedError) as caught:
        fit_model(model("ease", EASE()), data, CONTEXT.with_(memory=1000))
    assert "--memory" in caught.value.instead
    assert "ease needs about" in caught.value.what


def test_a_main_method_may_take_its_time(data):
    """The limit of a minute is for baselines; `Slow` gets as far as its fit."""
    with pytest.raises(AssertionError):
        fit_model(model("slow", Slow()), data, CONTEXT)


def test_data_without_a_test_part_is_an_error_of_the_judge(data, split, metrics):
    nothing = Split(split.train, split.valid, split.test[:0])
    scorer = fit_model(model("popularity", Popularity()), data.take(split.train), CONTEXT).scorer
    with pytest.raises(DataError, match="no user has a held-out item"):
        judge(scorer, at_test(data, nothing), metrics, (5,), CONTEXT)
