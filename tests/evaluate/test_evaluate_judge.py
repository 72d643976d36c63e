"""The exact full ranking and what is made of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from evaluate_cases import Product, Table, made
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.context import Context
from recbox.errors import DataError, OptionError, PluginError
from recbox.evaluate import Lists, Truth, judge, rank
from recbox.evaluate.ranking import _tile
from recbox.metric.ndcg import NDCG
from recbox.metric.recall import Recall
from recbox.plugin import UserMetric
from recbox.progress import Progress, Task
from recbox.recipe.recipe import Part

CONTEXT = Context(threads=1)
NEVER = -torch.inf


def truth_of(relevant: list[tuple[int, int]], seen: list[tuple[int, int]], users: int, items: int) -> Truth:
    data = made([*seen, *relevant], users, items)
    before, after = np.arange(len(seen)), np.arange(len(seen), len(seen) + len(relevant))
    return Truth.of(data, after, before, before)


@pytest.fixture(scope="module")
def case():
    """Two users of three, five items. User 0 saw item 0; user 1 saw 1 and 2; user 2 has nothing to find."""
    truth = truth_of([(0, 2), (0, 4), (1, 0)], [(0, 0), (1, 1), (1, 2), (2, 3)], 3, 5)
    scores = torch.tensor([[9.0, 3, 1, 2, 2], [0.5, 9, 9, 0.5, 0.5], [1, 2, 3, 4, 5]])
    return truth, Table(scores)


def test_worked_by_hand(case, metrics):
    """User 0's list is 1, 3, 4, 2 (3 and 4 tie, the lower goes first); user 1's is 0, 3, 4."""
    truth, scorer = case
    ranking = rank(scorer, truth, 4, CONTEXT)
    assert ranking.users.tolist() == [0, 1]
    assert ranking.items.tolist() == [[1, 3, 4, 2], [0, 3, 4, -1]]
    result = judge(scorer, truth, metrics, (1, 3), CONTEXT)
    assert list(result.values)[:3] == ["recall@1", "recall@3", "ndcg@1"]
    assert result.per_user["recall@3"].tolist() == [0.5, 1.0]
    assert result.values["recall@3"] == 0.75
    assert result.values["recall@1"] == 0.5
    assert result.per_user["mrr@3"] == pytest.approx([1 / 3, 1.0])
    assert result.values["precision@3"] == pytest.approx(1 / 3)
    assert result.values["coverage@3"] == 4 / 5
    assert "coverage@3" not in result.per_user
    assert result.left_out == 1
    assert result.users.tolist() == [0, 1]
    assert result.users_per_s > 0


def test_what_is_shown_is_judged_by_what_was_in_training(case, metrics):
    """Training: user 0 has item 0, user 1 has 1 and 2, user 2 has 3. Shown are 1, 3, 4 and 0, 3, 4: of each
    two of them nobody has both, and 4 is nobody's."""
    truth, scorer = case
    result = judge(scorer, truth, metrics, (3, 4), CONTEXT)
    assert result.per_user["diversity@3"].tolist() == [1.0, 1.0]
    assert result.per_user["lift@3"] == pytest.approx([2 / 3 - 1, 2 / 3 - 1])
    # The fourth in user 0's list is 2, which user 1 has beside 1: one pair of six is alike.
    assert result.values["diversity@4"] == pytest.approx((5 / 6 + 1) / 2)
    assert all("diversity@3" not in values for values in result.segment.values())


def test_lists_that_end_early_are_padded_with_misses(case, metrics):
    truth, scorer = case
    result = judge(scorer, truth, metrics, (20,), CONTEXT)
    assert result.values["recall@20"] == 1.0
    assert result.values["precision@20"] == pytest.approx((2 / 20 + 1 / 20) / 2)


def test_cold_and_warm_items_over_the_same_ranking(case, metrics):
    """Items 0 to 3 have been interacted with, 4 has not: it stands third in user 0's list, 2 fourth."""
    truth, scorer = case
    result = judge(scorer, truth, metrics, (3, 4), CONTEXT)
    assert set(result.segment) == {"cold", "warm"}
    assert result.segment["cold"]["recall@3"] == 1.0
    assert result.segment["cold"]["mrr@3"] == pytest.approx(1 / 3)
    assert result.segment["warm"]["recall@3"] == pytest.approx((0 + 1) / 2)
    assert result.segment["warm"]["recall@4"] == 1.0
    assert "coverage@3" not in result.segment["warm"]


def test_a_segment_that_nobody_has_is_left_out(metrics):
    truth = truth_of([(0, 1)], [(0, 0), (1, 1)], 2, 2)
    result = judge(Table(torch.zeros(2, 2)), truth, metrics, (1,), CONTEXT)
    assert set(result.segment) == {"warm"}


def test_a_held_out_item_that_was_seen_before_is_not_relevant_and_is_counted():
    truth = truth_of([(0, 1), (0, 0), (1, 0)], [(0, 0)], 2, 2)
    assert truth.repeated == 1
    assert truth.relevant.items.tolist() == [1, 0]
    assert truth.seen.counts.tolist() == [1, 0]


def test_a_score_of_minus_infinity_is_never_recommended(metrics):
    truth = truth_of([(0, 1)], [(0, 0)], 1, 4)
    scorer = Table(torch.tensor([[5.0, NEVER, 2.0, NEVER]]))
    assert rank(scorer, truth, 3, CONTEXT).items.tolist() == [[2, -1, -1]]
    result = judge(scorer, truth, metrics, (3,), CONTEXT)
    assert result.values["hit@3"] == 0
    assert result.values["coverage@3"] == 0.25


def test_infinities_of_both_signs_are_scores(metrics):
    truth = truth_of([(0, 1)], [(0, 0)], 1, 3)
    assert rank(Table(torch.tensor([[0.0, torch.inf, NEVER]])), truth, 2, CONTEXT).items.tolist() == [[1, -1]]


def test_scores_that_are_not_numbers_are_an_error(case, metrics):
    truth, scorer = case
    scores = scorer.scores.clone()
    scores[1, 3] = torch.nan
    with pytest.raises(DataError, match="not a number, the first for the user with inner id 1"):
        judge(Table(scores), truth, metrics, (3,), CONTEXT, title="mine")


def test_nothing_to_judge_by_is_an_error(metrics):
    truth = truth_of([(0, 0)], [(0, 0)], 1, 2)
    with pytest.raises(DataError, match="no user has a held-out item"):
        judge(Table(torch.zeros(1, 2)), truth, metrics, (1,), CONTEXT)


def test_a_scorer_of_another_shape_is_an_error(case, metrics):
    truth, _ = case
    with pytest.raises(OptionError, match="3 users and 4 items"):
        judge(Table(torch.zeros(3, 4)), truth, metrics, (1,), CONTEXT)


def test_a_k_past_all_reason_is_an_error_before_memory_is_taken(case, metrics):
    truth, scorer = case
    with pytest.raises(OptionError, match="longer than the catalogue"):
        judge(scorer, truth, metrics, (10**9,), CONTEXT)


def test_the_scorer_is_not_written_to(case, metrics):
    truth, scorer = case
    before = scorer.scores.clone()
    judge(scorer, truth, metrics, (3,), CONTEXT)
    assert (scorer.scores == before).all()


class Wrong(UserMetric):
    """Gives one value too many."""

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        return np.zeros(len(hits) + 1)


def test_a_metric_of_the_wrong_shape_is_named(case):
    truth, scorer = case
    with pytest.raises(PluginError, match="'wrong'"):
        judge(scorer, truth, [Part("metric", "wrong", Wrong())], (1,), CONTEXT)


@pytest.fixture(scope="module")
def large():
    """700 users, 333 items, real-valued scores of width 24, random lists."""
    draw = np.random.default_rng(0)
    seen = np.argwhere(draw.random((700, 333)) < 0.05)
    held = np.argwhere(draw.random((700, 333)) < 0.004)
    truth = truth_of(list(map(tuple, held)), list(map(tuple, seen)), 700, 333)
    made_by = torch.Generator().manual_seed(0)
    return truth, Product(*(torch.randn(n, 24, generator=made_by) for n in (700, 333)))


def test_a_list_does_not_depend_on_who_else_is_judged(large):
    truth, scorer = large
    whole = rank(scorer, truth, 50, CONTEXT)
    assert len(whole.users) < 650
    for step in (2, 7, 300):
        some = np.repeat(np.arange(700) % step == 0, truth.relevant.counts)
        counts = np.where(np.arange(700) % step == 0, truth.relevant.counts, 0)
        relevant = Lists(np.concatenate([[0], np.cumsum(counts)]), truth.relevant.items[some])
        part = rank(scorer, replace(truth, relevant=relevant), 50, CONTEXT)
        assert (part.items == whole.items[np.isin(whole.users, part.users)]).all()


def test_a_scorer_is_always_asked_for_the_same_number_of_users(large):
    truth, scorer = large
    table = Table(scorer.block(np.arange(700)))
    rank(table, truth, 5, CONTEXT)
    assert table.asked == {128}


def test_memory_bounds_the_tile_of_a_large_catalogue(monkeypatch, large):
    truth, scorer = large
    monkeypatch.setattr("recbox.evaluate.ranking.BYTES", 40 * 4 * 333)
    table = Table(scorer.block(np.arange(700)))
    rank(table, truth, 5, CONTEXT)
    assert table.asked == {16}


def test_some_users_are_judged_as_among_all(large):
    truth, scorer = large
    some = truth.some(50, np.random.default_rng(0))
    assert len(some.users) == 50 and set(some.users) < set(truth.users)
    assert truth.some(len(truth.users), np.random.default_rng(0)) is truth
    lists = [rank(scorer, each, 5, CONTEXT) for each in (truth, some)]
    place = np.searchsorted(truth.users, some.users)
    np.testing.assert_array_equal(lists[1].items, lists[0].items[place])
    for one in some.users:
        own, whole = (each.relevant.pairs(np.array([one]))[1] for each in (some, truth))
        np.testing.assert_array_equal(own, whole)


def test_an_accelerator_gets_larger_tiles():
    assert (_tile(333, False), _tile(333, True)) == (128, 2048)
    assert (_tile(40_981, False), _tile(40_981, True)) == (128, 2048)
    assert (_tile(10**6, False), _tile(10**6, True)) == (16, 128)


def by_loop(truth: Truth, scores: np.ndarray, k: int) -> tuple[list[list[int]], dict[str, float]]:
    """The definition, one user at a time."""
    lists, recall, gain = [], [], []
    for user in truth.users:
        seen = truth.seen.items[truth.seen.indptr[user] : truth.seen.indptr[user + 1]].tolist()
        wanted = truth.relevant.items[truth.relevant.indptr[user] : truth.relevant.indptr[user + 1]].tolist()
        free = [i for i in range(scores.shape[1]) if i not in seen]
        best = sorted(free, key=lambda i: (-scores[user, i], i))[:k]
        lists.append(best)
        recall.append(len(set(best) & set(wanted)) / len(wanted))
        ideal = sum(1 / np.log2(r + 2) for r in range(min(k, len(wanted))))
        gain.append(sum(1 / np.log2(r + 2) for r, i in enumerate(best) if i in wanted) / ideal)
    return lists, {"recall": float(np.mean(recall)), "ndcg": float(np.mean(gain))}


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 15), st.integers(1, 18))
def test_agrees_with_the_definition(seed, users, items, k):
    """Scores of four values, so that ties are everywhere."""
    draw = np.random.default_rng(seed)
    pairs = draw.permutation(np.argwhere(draw.random((users, items)) < 0.6))
    cut = len(pairs) // 2
    truth = truth_of(list(map(tuple, pairs[cut:])), list(map(tuple, pairs[:cut])), users, items)
    scores = draw.integers(0, 4, (users, items)).astype(np.float32)
    if not len(truth.users):
        return
    parts = [Part("metric", "recall", Recall()), Part("metric", "ndcg", NDCG())]
    lists, expected = by_loop(truth, scores, k)
    scorer = Table(torch.from_numpy(scores))
    found = [[i for i in row if i >= 0] for row in rank(scorer, truth, k, CONTEXT).items.tolist()]
    assert found == lists
    values = judge(scorer, truth, parts, (k,), CONTEXT).values
    assert values == pytest.approx({f"{name}@{k}": value for name, value in expected.items()}, abs=1e-12)


class Counted(Progress):
    """Adds up what is shown."""

    def __init__(self) -> None:
        self.total, self.done = 0.0, 0.0

    def open(self, title: str, total: float | None, unit: str) -> Task:
        self.total += total or 0
        return CountedTask(self)

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        return None


class CountedTask(Task):
    def __init__(self, owner: Counted) -> None:
        self.owner = owner

    def advance(self, steps: float = 1, **facts: object) -> None:
        self.owner.done += steps


def test_progress_ends_at_its_total(large, metrics):
    truth, scorer = large
    progress = Counted()
    judge(scorer, truth, metrics, (5,), CONTEXT.with_(progress=progress))
    assert progress.done == progress.total == len(truth.users)
