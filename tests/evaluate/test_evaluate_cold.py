"""Cold items ranked alone: candidates, figures over both sets, users of whom nothing is known, ties."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from evaluate_cases import Table, made

from recbox.context import Context
from recbox.data import Split
from recbox.errors import UnsupportedError
from recbox.evaluate import (
    Baseline,
    LeftOut,
    at_test,
    baselines,
    held_test,
    judge,
    judge_held,
    nothing_new,
    rank,
)
from recbox.evaluate.protocol import protocol
from recbox.metric.coverage import Coverage
from recbox.metric.recall import Recall
from recbox.model.ease import EASE
from recbox.model.popularity import Popularity
from recbox.model.random import Random
from recbox.recipe.blocks import Evaluate
from recbox.recipe.recipe import Part

CONTEXT = Context(threads=1)
METRICS = [Part("metric", "recall", Recall()), Part("metric", "coverage", Coverage())]
PAIRS = [(0, 0), (0, 1), (1, 1), (1, 0), (0, 2), (1, 3), (2, 3), (2, 1)]
"""Users 0 and 1 have items 0 and 1 in training; items 2, 3 and 4 are cold, and user 2 is."""
SPLIT = Split(np.arange(4), np.zeros(0, np.int64), np.arange(4, 8))
SCORES = torch.tensor(
    [
        [9.0, 9.0, 1.0, 2.0, 3.0],
        [9.0, 9.0, 1.0, 3.0, 2.0],
        [8.0, 9.0, 2.0, 1.0, 3.0],
    ]
)
COLD = Evaluate(k=(1, 2), select="recall@1", candidate="cold")
ALL = Evaluate(k=(1, 2), select="recall@1")


@pytest.fixture(scope="module")
def data():
    return made(PAIRS, 3, 5)


def judged(data, rules, scores=SCORES):
    held = held_test(data, SPLIT, rules)
    return judge_held(Table(scores), held, METRICS, rules, CONTEXT, both=True)


def test_only_cold_items_are_ranked_and_found(data):
    """Candidates 2, 3, 4. User 0 is to find 2, third; user 1 finds 3, first; user 2 is to find 3, third (and
    the warm item 1, which doesn't count)."""
    held = held_test(data, SPLIT, COLD)
    assert held.candidates == 3
    lists = rank(Table(SCORES), held, 4, CONTEXT).items
    assert lists.tolist() == [[4, 3, 2, -1], [3, 4, 2, -1], [4, 2, 3, -1]]
    found = judged(data, COLD)
    assert found.per_user["recall@1"].tolist() == [0, 1, 0]
    assert found.per_user["recall@2"].tolist() == [0, 1, 0]


def test_a_catalogue_is_what_may_be_shown(data):
    """Of three candidates, 3 and 4 stand first in somebody's list, and all in the top two."""
    values = judged(data, COLD).values
    assert values["coverage@1"] == pytest.approx(2 / 3)
    assert values["coverage@2"] == 1.0


def test_both_sets_are_reported_whichever_selects(data):
    """Over all candidates: user 2 finds the warm item 1 of two; items 0 and 1 of users 0 and 1 are masked."""
    by_cold, by_all = judged(data, COLD), judged(data, ALL)
    assert by_cold.candidate == by_all.candidate
    assert (by_all.candidate["all"].items, by_all.candidate["all"].users) == (5, 3)
    assert (by_all.candidate["cold"].items, by_all.candidate["cold"].users) == (3, 3)
    assert by_cold.candidate["cold"].values == by_cold.values
    assert by_all.candidate["all"].values == by_all.values
    assert by_all.values["recall@1"] == pytest.approx((0 + 1 + 0.5) / 3)
    assert by_cold.values["recall@1"] == pytest.approx(1 / 3)


def test_where_nobody_is_to_find_a_cold_item_there_is_one_set(data):
    split = Split(np.arange(7), np.zeros(0, np.int64), np.array([7]))
    held = held_test(data, split, ALL)
    assert judge_held(Table(SCORES), held, METRICS, ALL, CONTEXT, both=True).candidate == {}
    assert not len(held_test(data, split, COLD).users)
    assert "cold-item" in nothing_new(COLD)
    assert nothing_new(ALL) == ""


def test_cold_users_stand_apart(data):
    """User 2 has no training interaction: item 1 is first in their list, and is one of the two to find."""
    found = judge(Table(SCORES), at_test(data, SPLIT), METRICS, (1,), CONTEXT)
    assert found.segment["cold-user"]["recall@1"] == 0.5
    assert found.segment["warm-user"]["recall@1"] == 0.5
    known = Split(np.array([0, 1, 2, 3, 7]), np.zeros(0, np.int64), np.arange(4, 7))
    assert "warm-user" not in judge(Table(SCORES), at_test(data, known), METRICS, (1,), CONTEXT).segment


def test_what_was_fitted_on_says_what_is_cold(data):
    """With refit, an item of the validation part is none any more."""
    split = Split(np.arange(4), np.array([4]), np.arange(5, 8))
    assert held_test(data, split, COLD).candidates == 3
    again = COLD.model_copy(update={"refit": True})
    assert held_test(data, split, again).candidates == 2


def test_scores_that_are_all_alike_are_no_ranking(data):
    """Ids would decide, and in many data sets low ids are popular items."""
    alike = SCORES.clone()
    alike[:, 2:] = 0.25
    with pytest.raises(UnsupportedError, match="scores all cold items alike"):
        judged(data, COLD, alike)
    assert set(judged(data, ALL, alike).candidate) == {"all"}


def test_baselines_that_have_no_order_are_left_out():
    draw = np.random.default_rng(0)
    pairs = [(int(u), int(i)) for u, i in np.argwhere(draw.random((30, 20)) < 0.4)]
    data = made(pairs, 30, 20)
    item = data.interaction.item
    split = Split(*(np.flatnonzero(part) for part in (item < 12, (item >= 12) & (item < 16), item >= 16)))
    rules = COLD.model_copy(update={"k": (2,), "select": "recall@2"})
    models = {"popularity": Popularity(), "ease": EASE(), "random": Random()}
    parts = [Part("model", name, model) for name, model in models.items()]
    found = baselines(parts, data, split, CONTEXT, rules, METRICS)
    for name in ("popularity", "ease"):
        assert isinstance(found[name], LeftOut)
        assert "alike" in found[name].reason
    lot = found["random"]
    assert isinstance(lot, Baseline)
    assert set(lot.judgement.candidate) == {"all", "cold"}
    # On test the four items of validation are candidates too, for nothing was fitted on them: 2 of 8.
    assert lot.judgement.candidate["cold"].items == 8
    assert lot.test["recall@2"] == pytest.approx(0.25, abs=0.15)


def test_random_is_what_chance_gives():
    """Of 40 items, a list of 10 holds each with a chance of a quarter; to five standard errors."""
    from recbox.plugin import Spec

    data = made([(0, 0), (1, 1)], 10_000, 40)
    scorer = Random().fit(Spec("", 0, 0, 0, data, None, CONTEXT))
    best = scorer.block(np.arange(10_000)).topk(10).indices
    share = torch.bincount(best.flatten(), minlength=40) / 10_000
    assert float((share - 0.25).abs().max()) < 5 * (0.25 * 0.75 / 10_000) ** 0.5
    assert torch.equal(scorer.block(np.array([7, 3])), scorer.block(np.arange(10))[[7, 3]])


def test_how_it_was_measured_is_said():
    metrics = {"candidate": {"by": "cold", "cold": {"items": 336}}}
    assert protocol(metrics, "test") == "ranking the 336 items without an interaction in training"
    assert protocol({"candidate": {"by": "all"}}, "test") == "ranking every item that the user had not seen"
