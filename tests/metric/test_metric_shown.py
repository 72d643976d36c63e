"""Metrics of what is shown: cases worked by hand, bounds, and a plain loop over random data."""

from __future__ import annotations

from itertools import combinations
from math import sqrt
from typing import Any

import numpy as np
import polars as pl
import pytest

from recbox.data import Dataset, Interactions, Nodes
from recbox.metric import _have, diversity
from recbox.metric.diversity import Diversity
from recbox.metric.lift import Lift

USERS, ITEMS, K = 30, 25, 8


def data(pairs: np.ndarray, users: int, items: int) -> Dataset:
    nodes = [Nodes(pl.DataFrame({"id": np.arange(n)})) for n in (users, items)]
    x = Interactions(pairs[:, 0].copy(), pairs[:, 1].copy(), np.ones(len(pairs), np.float32))
    return Dataset("made", *nodes, x)


@pytest.fixture(scope="module", params=range(5))
def case(request: pytest.FixtureRequest) -> tuple[Dataset, list[set[int]], np.ndarray, np.ndarray]:
    """Data in which pairs stand twice, users and items without any, lists that end early, one empty."""
    draw = np.random.default_rng(request.param)
    there = draw.random((USERS, ITEMS)) < draw.random((1, ITEMS)) ** 2
    there[3] = there[:, 4] = False
    pairs = np.argwhere(there)
    lists = np.array([draw.permutation(ITEMS)[:K] for _ in range(USERS)], np.int32)
    lists[np.arange(K) >= draw.integers(0, K + 1, USERS)[:, None]] = -1
    lists[0] = -1
    who = draw.permutation(USERS)
    own = [set(np.flatnonzero(row).tolist()) for row in there]
    return data(np.concatenate([pairs, pairs[::3]]), USERS, ITEMS), own, lists, who


def unlike(a: set[int], b: set[int]) -> float:
    return 1 - len(a & b) / sqrt(len(a) * len(b)) if a and b else 1.0


def test_diversity_agrees_with_a_plain_loop(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    train, own, lists, who = case
    users_of = [{u for u, items in enumerate(own) if i in items} for i in range(ITEMS)]
    expected = []
    for row in lists.tolist():
        pairs = list(combinations([i for i in row if i >= 0], 2))
        expected.append(sum(unlike(users_of[a], users_of[b]) for a, b in pairs) / max(len(pairs), 1))
    values = Diversity().per_list(lists, who, train)
    assert values == pytest.approx(expected, abs=1e-12)
    assert values.min() >= 0
    assert values.max() <= 1
    monkeypatch.setattr(diversity, "PAIRS", 3 * K**2)  # three lists at a time
    monkeypatch.setattr(diversity, "MOST", 9 * K**2)
    monkeypatch.setattr(_have, "CELLS", 40)
    assert (Diversity().per_list(lists, who, train) == values).all()


def test_lift_agrees_with_a_plain_loop(case: Any) -> None:
    train, own, lists, who = case
    users = [sum(i in items for items in own) for i in range(ITEMS)]
    expected = []
    for user, row in zip(who.tolist(), lists.tolist(), strict=True):
        shown, had = [[users[i] for i in items] for items in ([i for i in row if i >= 0], own[user])]
        known = bool(shown) and bool(had)
        expected.append(sum(shown) / len(shown) / (sum(had) / len(had)) - 1 if known else 0.0)
    assert Lift().per_list(lists, who, train) == pytest.approx(expected, abs=1e-12)


def test_showing_people_what_they_have_lifts_nothing() -> None:
    train = data(np.array([(0, 0), (0, 1), (1, 0), (2, 0)]), 3, 2)
    assert Lift().per_list(np.array([[0, 1]], np.int32), np.array([0]), train).tolist() == [0.0]
    assert Lift.lower_is_better


def test_the_same_people_make_items_alike_and_others_unlike() -> None:
    train = data(np.array([(0, 0), (0, 1), (1, 2), (1, 3)]), 2, 4)
    lists = np.array([[0, 1], [2, 3], [0, 2]], np.int32)
    assert Diversity().per_list(lists, np.arange(3), train).tolist() == [0.0, 0.0, 1.0]
    assert not Diversity.lower_is_better
