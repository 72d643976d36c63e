"""Pairs that are judged: which they are, how negatives are drawn, and what users' values add up to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from evaluate_cases import Table

from recbox.context import Context
from recbox.data import Column, Dataset, Interactions, Nodes, Split
from recbox.errors import DataError, OptionError
from recbox.evaluate import Pairs, check_pairs, held_test, held_valid, judge_held, within
from recbox.evaluate import asking as asking_room
from recbox.evaluate.drawing import drawn
from recbox.metric.auc import AUC
from recbox.metric.gauc import GAUC
from recbox.metric.log_loss import LogLoss
from recbox.metric.mae import MAE
from recbox.metric.rmse import RMSE
from recbox.plugin import Scorer
from recbox.recipe.blocks import Evaluate
from recbox.recipe.recipe import Part

USERS, ITEMS = 60, 40
WEIGHTS = [Part("metric", "rmse", RMSE()), Part("metric", "mae", MAE())]
CLICKS = [Part("metric", "auc", AUC()), Part("metric", "gauc", GAUC())]
LOSS = [*CLICKS, Part("metric", "log-loss", LogLoss())]


def rules(**options: Any) -> Evaluate:
    return Evaluate.parse({"by": "pairs", "select": "rmse", **options})


def data(seed: int = 0, order: bool = False) -> tuple[Dataset, Split]:
    """Ratings from 1 to 5, of which some are held out; with `order`, the same rows in another order."""
    draw = np.random.default_rng(seed)
    there = np.argwhere(draw.random((USERS, ITEMS)) < 0.3)
    weight = draw.integers(1, 6, len(there)).astype(np.float32)
    part = draw.choice(3, len(there), p=[0.6, 0.2, 0.2])
    if order:
        rows = draw.permutation(len(there))
        there, weight, part = there[rows], weight[rows], part[rows]
    users = pl.DataFrame({"id": np.arange(USERS), "sex": ["F", "M"] * (USERS // 2)})
    nodes = Nodes(users, (Column("sex", "categorical"),)), Nodes(pl.DataFrame({"id": np.arange(ITEMS)}))
    x = Interactions(there[:, 0].copy(), there[:, 1].copy(), weight)
    return Dataset("made", *nodes, x), Split(*(np.flatnonzero(part == n) for n in range(3)))


def scorer(seed: int = 3) -> Table:
    return Table(torch.from_numpy(np.random.default_rng(seed).normal(3, 1, (USERS, ITEMS))).float())


def keys(pairs: Pairs, rows: Any = slice(None)) -> set[int]:
    return set((pairs.user[rows] * ITEMS + pairs.item[rows]).tolist())


@pytest.mark.parametrize("by", ["uniform", "popular"])
@pytest.mark.parametrize("count", [1, 3])
def test_negatives_are_no_items_that_the_user_has_in_any_part(by: str, count: int) -> None:
    dataset, split = data()
    pairs = held_test(dataset, split, rules(negative={"by": by, "count": count}))
    x = dataset.interaction
    known = set((x.user * ITEMS + x.item).tolist())
    held = set((x.user * ITEMS + x.item)[split.test].tolist())
    assert keys(pairs, pairs.click) == held
    assert not keys(pairs, ~pairs.click) & known
    assert len(keys(pairs)) == len(pairs) == (1 + count) * len(held) - pairs.short
    assert (np.bincount(pairs.user[~pairs.click], minlength=USERS)
            <= count * np.bincount(pairs.user[pairs.click], minlength=USERS)).all()  # fmt: skip
    trained = np.bincount(x.item[split.train], minlength=ITEMS)
    if by == "popular":
        assert trained[pairs.item[~pairs.click]].min() > 0


def test_who_knows_nearly_everything_gets_what_is_left() -> None:
    dataset, split = data()
    pairs = held_test(dataset, split, rules(negative={"count": 30}))
    have = np.bincount(dataset.interaction.user, minlength=USERS)
    got = np.bincount(pairs.user[~pairs.click], minlength=USERS)
    wanted = 30 * np.bincount(pairs.user[pairs.click], minlength=USERS)
    assert (got == np.minimum(wanted, ITEMS - have)).all()
    assert pairs.short == wanted.sum() - got.sum() > 0
    assert pairs.document()["short"] == pairs.short


def test_the_draw_follows_its_own_seed_and_no_order_of_rows() -> None:
    dataset, split = data()
    other, moved = data(order=True)
    how = {"by": "popular", "count": 2}
    first = held_test(dataset, split, rules(negative=how)).fingerprint
    assert held_test(other, moved, rules(negative=how)).fingerprint == first
    assert held_test(dataset, split, rules(negative=how, refit=True)).fingerprint == first
    assert held_test(dataset, split, rules(negative=how | {"seed": 1})).fingerprint != first
    assert held_valid(dataset, split, rules(negative=how)).fingerprint != first


def test_popular_items_are_drawn_as_often_as_they_are_popular() -> None:
    chance = np.array([1.0, 2.0, 0.0, 4.0, 3.0])
    found = drawn(np.ones(40_000, np.int64), np.zeros(0, np.int64), chance, 0, 0) % 5
    share = np.bincount(found, minlength=5) / len(found)
    assert np.abs(share - chance / 10).max() < 0.01


def test_crowded_draws_are_as_sparse_ones_would_be() -> None:
    """Two of three for everybody: by either way the third item is left out as often."""
    chance, users = np.array([1.0, 1.0, 2.0]), 40_000
    found = drawn(np.full(users, 2), np.zeros(0, np.int64), chance, 0, 0)
    assert (np.bincount(found // 3) == 2).all()
    left_out = 1 - np.bincount(found % 3) / users
    # Item 2 is left out if 0 and 1 are drawn, in either order: 2 * 1/4 * 1/3.
    assert np.abs(left_out - [5 / 12, 5 / 12, 1 / 6]).max() < 0.01


def test_pairs_of_a_part_before_are_left_out_and_doubled_ones_have_the_larger_weight() -> None:
    user, item = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    x = Interactions(user, item, np.array([1, 5, 2, 3], np.float32))
    nodes = [Nodes(pl.DataFrame({"id": [0, 1]})) for _ in range(2)]
    dataset, none = Dataset("made", *nodes, x), np.zeros(0, np.int64)
    pairs = held_test(dataset, Split(np.array([3]), none, np.array([0, 1, 2])), rules())
    assert pairs.item.tolist() == [0, 1] and pairs.weight.tolist() == [5, 2] and pairs.left_out == 1
    again = held_test(dataset, Split(np.array([0]), none, np.array([1, 2, 3])), rules())
    assert again.repeated == 1 and list(zip(again.user, again.item)) == [(0, 1), (1, 1)]


@pytest.mark.parametrize("name", ["rmse", "mae", "auc", "gauc", "log-loss"])
def test_users_have_the_metric_as_their_mean(name: str) -> None:
    dataset, split = data()
    weights = name in ("rmse", "mae")
    how = rules() if weights else rules(negative={"count": 2})
    held = held_test(dataset, split, how)
    meaning = "value" if weights else "probability"
    found = judge_held(scorer(), held, WEIGHTS if weights else LOSS, how, Context(), meaning)
    assert found.per_user[name].mean() == pytest.approx(found.values[name], abs=1e-12)
    assert (found.users == held.users).all() and len(found.per_user[name]) == len(held.users)


def test_the_error_of_the_users_values_is_that_of_drawing_users_anew() -> None:
    """The root of the mean square, over users drawn with replacement many times."""
    dataset, split = data()
    held = held_test(dataset, split, rules())
    found = judge_held(scorer(), held, WEIGHTS, rules(), Context(), "value")
    square = (scorer().scores.numpy()[held.user, held.item] - held.weight) ** 2
    sums, counts = np.bincount(held.row, square), np.bincount(held.row)
    draws = np.random.default_rng(0).integers(0, len(sums), (4000, len(sums)))
    anew = np.sqrt(sums[draws].sum(1) / counts[draws].sum(1))
    error = found.per_user["rmse"].std() / len(sums) ** 0.5
    assert error == pytest.approx(anew.std(), rel=0.05)


def test_within_some_users_the_mean_is_that_of_their_pairs() -> None:
    dataset, split = data()
    held = held_test(dataset, split, rules())
    found = judge_held(scorer(), held, WEIGHTS, rules(), Context(), "value").per_user
    member = np.arange(len(held.users)) % 3 == 0
    error = np.abs(scorer().scores.numpy()[held.user, held.item] - held.weight)
    own = error[member[held.row]].mean()
    assert within(found["mae"], member, held).mean() == pytest.approx(own, abs=1e-9)
    assert within(np.stack([found["mae"]] * 2), member, held).mean(1) == pytest.approx([own] * 2)


def test_clicks_are_weights_from_the_threshold_on() -> None:
    dataset, split = data()
    pairs = held_test(dataset, split, rules(positive=4))
    assert (pairs.click == (pairs.weight >= 4)).all() and 0 < pairs.click.sum() < len(pairs)
    found = judge_held(scorer(), pairs, [*WEIGHTS, *CLICKS], rules(positive=4), Context(), "value")
    assert list(found.values) == ["rmse", "mae", "auc", "gauc"]


def test_metrics_that_scores_are_not_fit_for_are_left_out() -> None:
    dataset, split = data()
    how = rules(negative={})
    held = held_test(dataset, split, how)
    assert list(judge_held(scorer(), held, LOSS, how, Context(), "order").values) == ["auc", "gauc"]


def test_groups_are_judged_by_their_own_pairs() -> None:
    dataset, split = data()
    how = rules(gap=["sex"])
    held = held_test(dataset, split, how)
    found = judge_held(scorer(), held, WEIGHTS, how, Context(), "value")
    error = np.abs(scorer().scores.numpy()[held.user, held.item] - held.weight)
    women = error[held.user % 2 == 0].mean()
    assert found.segment["sex=F"]["mae"] == pytest.approx(women)
    apart = abs(women - error[held.user % 2 == 1].mean())
    assert found.segment["gap of sex"]["mae"] == pytest.approx(apart)
    assert found.groups["sex=F"] == (held.users % 2 == 0).sum()


class PairTable(Table):
    """The same scores, pair by pair."""

    def score(self, users: np.ndarray, items: np.ndarray) -> torch.Tensor:
        self.asked.add(len(users))
        return self.scores[users, items]


@pytest.mark.parametrize("cls", [Table, PairTable])
def test_scorers_are_asked_for_bounded_parts(cls: type[Table], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking_room, "AT_ONCE", 50)
    monkeypatch.setattr(asking_room, "BYTES", 4 * ITEMS * 7)
    dataset, split = data()
    held = held_test(dataset, split, rules(negative={"count": 2}))
    one = cls(scorer().scores)
    found = asking_room.scores_of(one, held, Context())
    assert (found == one.scores.numpy()[held.user, held.item]).all()
    assert max(one.asked) <= (7 if cls is Table else 50) and len(held) > 50
    assert (type(one).score is Scorer.score) == (cls is Table)


def test_scores_have_to_be_finite_and_of_the_datas_shape() -> None:
    dataset, split = data()
    held = held_test(dataset, split, rules())
    bad = scorer()
    bad.scores[int(held.user[4]), int(held.item[4])] = -torch.inf
    with pytest.raises(DataError, match=f"1 pairs have no finite score, the first of user {held.user[4]}"):
        asking_room.scores_of(bad, held, Context())
    with pytest.raises(OptionError, match="made for 60 users and 39 items"):
        asking_room.scores_of(Table(scorer().scores[:, 1:]), held, Context())


def test_there_has_to_be_something_to_judge_by() -> None:
    dataset, split = data()
    with pytest.raises(DataError, match="every pair is a click"):
        check_pairs(held_test(dataset, split, rules(positive=1)), CLICKS)
    with pytest.raises(DataError, match="no pair is a click"):
        check_pairs(held_test(dataset, split, rules(positive=9)), CLICKS)
    alike = replace(dataset.interaction, weight=np.ones_like(dataset.interaction.weight))
    flat = replace(dataset, interaction=alike)
    with pytest.raises(DataError, match="there are no weights to be near to"):
        check_pairs(held_test(flat, split, rules()), WEIGHTS)
    none = Split(split.train, split.valid, np.zeros(0, np.int64))
    with pytest.raises(DataError, match="there is nothing to judge by"):
        check_pairs(held_test(dataset, none, rules()), WEIGHTS)
