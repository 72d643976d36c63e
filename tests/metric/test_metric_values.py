"""Each metric against cases worked by hand, its bounds, and a plain loop."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recbox.metric.coverage import Coverage
from recbox.metric.gini import Gini
from recbox.metric.hit import Hit
from recbox.metric.map import MAP
from recbox.metric.mrr import MRR
from recbox.metric.ndcg import NDCG
from recbox.metric.novelty import Novelty
from recbox.metric.precision import Precision
from recbox.metric.recall import Recall

USER = [Recall(), NDCG(), Precision(), Hit(), MAP(), MRR()]


def name(metric: object) -> str:
    return type(metric).__name__


# One list of four, hits at ranks 2 and 4, three relevant items.
HITS, RELEVANT = np.array([[False, True, False, True]]), np.array([3])
BY_HAND = {
    "Recall": 2 / 3,
    "Precision": 2 / 4,
    "Hit": 1.0,
    "MRR": 1 / 2,
    "MAP": (1 / 2 + 2 / 4) / 3,
    "NDCG": (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3) + 1 / 2),
}


@pytest.mark.parametrize("metric", USER, ids=name)
def test_worked_by_hand(metric):
    assert metric.per_user(HITS, RELEVANT) == pytest.approx([BY_HAND[name(metric)]], abs=1e-12)


@pytest.mark.parametrize("metric", USER, ids=name)
def test_nothing_found_is_zero_and_everything_found_is_one(metric):
    hits = np.array([[False] * 3, [True] * 3])
    assert metric.per_user(hits, np.array([3, 3])).tolist() == pytest.approx([0.0, 1.0])


@pytest.mark.parametrize("metric", USER, ids=name)
def test_more_relevant_items_than_ranks(metric):
    """Recall and MAP divide by all relevant items, the ideal of NDCG is cut at k."""
    value = metric.per_user(np.ones((1, 2), dtype=bool), np.array([8]))[0]
    assert value == pytest.approx(2 / 8 if name(metric) in ("Recall", "MAP") else 1.0)


def by_loop(kind: str, hits: list[bool], relevant: int) -> float:
    k, found, total, first, gain = len(hits), 0, 0.0, 0.0, 0.0
    for rank, hit in enumerate(hits, start=1):
        if hit:
            found += 1
            total += found / rank
            gain += 1 / math.log2(rank + 1)
            first = first or 1 / rank
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, relevant) + 1))
    return {
        "Recall": found / relevant,
        "Precision": found / k,
        "Hit": float(found > 0),
        "MRR": first,
        "MAP": total / relevant,
        "NDCG": gain / ideal,
    }[kind]


@pytest.mark.parametrize("metric", USER, ids=name)
@given(st.lists(st.tuples(st.lists(st.booleans(), min_size=7, max_size=7), st.integers(1, 20)), min_size=1))
def test_agrees_with_a_plain_loop_and_stays_in_bounds(metric, lists):
    hits = np.array([row for row, _ in lists])
    relevant = np.array([max(n, sum(row)) for row, n in lists])
    values = metric.per_user(hits, relevant)
    assert values.dtype == np.float64
    assert values.min() >= 0
    assert values.max() <= 1 + 1e-12
    expected = [by_loop(name(metric), row, n) for row, n in zip(hits.tolist(), relevant.tolist())]
    assert values == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("metric", [NDCG(), MAP(), MRR()], ids=name)
def test_an_earlier_hit_is_better(metric):
    hits = np.eye(5, dtype=bool)
    values = metric.per_user(hits, np.full(5, 2))
    assert (np.diff(values) < 0).all()


def test_coverage_is_the_share_of_items_that_are_shown():
    assert Coverage().catalogue(np.array([5, 0, 1, 0]), np.ones(4)) == 0.5
    assert Coverage().catalogue(np.zeros(4, dtype=int), np.ones(4)) == 0.0


def test_novelty_worked_by_hand():
    """Shares 4/8 (1 bit), 2/8 (2 bits), and 1/8 (3 bits) for the item that has one and the one with none."""
    popularity = np.array([4, 2, 1, 1, 0])
    assert Novelty().catalogue(np.array([1, 1, 0, 0, 0]), popularity) == pytest.approx(1.5)
    assert Novelty().catalogue(np.array([0, 0, 0, 0, 2]), popularity) == pytest.approx(3.0)
    assert Novelty().catalogue(np.array([2, 1, 1, 0, 0]), popularity) == pytest.approx((2 + 2 + 3) / 4)
    assert Novelty().catalogue(np.zeros(5, dtype=int), popularity) == 0.0


def test_the_only_interaction_there_is_tells_nothing_new():
    """Its item's share is 1/1, and that of an item without any counts as much: 0 bits."""
    assert Novelty().catalogue(np.array([1, 1]), np.array([1, 0])) == 0.0


def test_gini_worked_by_hand():
    """Of (1, 3): (-1 · 1 + 1 · 3) / (1 · 4) = 1/2."""
    gini = Gini()
    assert gini.lower_is_better
    assert gini.catalogue(np.array([3, 1]), np.ones(2)) == pytest.approx(0.5)
    assert gini.catalogue(np.array([7, 7, 7]), np.ones(3)) == pytest.approx(0.0)
    assert gini.catalogue(np.array([0, 9, 0, 0]), np.ones(4)) == pytest.approx(1.0)
    assert gini.catalogue(np.zeros(4, dtype=int), np.ones(4)) == 0.0
    assert gini.catalogue(np.array([4]), np.ones(1)) == 0.0


@given(st.lists(st.integers(0, 50), min_size=2, max_size=12).filter(any))
def test_gini_is_the_mean_difference(exposure):
    """Gini is half the mean absolute difference of two different items over the mean exposure."""
    x = np.array(exposure)
    n = len(x)
    difference = np.abs(x[:, None] - x[None, :]).sum() / (n * (n - 1))
    assert Gini().catalogue(x, np.ones(n)) == pytest.approx(difference / (2 * x.mean()), abs=1e-12)
