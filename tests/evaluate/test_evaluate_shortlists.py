"""Ranking by shortlists: the lists of all scores, in a case where each thing happens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from evaluate_cases import Product, Retrievable, made

from recbox.context import Context
from recbox.errors import DataError
from recbox.evaluate import Truth, rank
from recbox.kernel import rounding

USERS, ITEMS, WIDTH, K = 300, 8000, 16, 10
CONTEXT = Context(threads=1)


@pytest.fixture(autouse=True)
def _any_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounding, "narrow_products", lambda: True)


@pytest.fixture(scope="module")
def truth() -> Truth:
    return truth_of(USERS)


def truth_of(users: int) -> Truth:
    """Ten seen and two held-out items for each user."""
    draw = np.random.default_rng(0)
    item = np.concatenate([draw.choice(ITEMS, 12, replace=False) for _ in range(users)])
    data = made(list(zip(np.repeat(np.arange(users), 12), item, strict=True)), users, ITEMS)
    held = np.arange(len(item)) % 12 < 2
    seen = np.flatnonzero(~held)
    return Truth.of(data, np.flatnonzero(held), seen, seen)


def vectors(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(USERS, WIDTH, generator=draw), torch.randn(ITEMS, WIDTH, generator=draw)


def both(user: torch.Tensor, item: torch.Tensor, truth: Truth) -> tuple[int, list[int]]:
    """How many lists were proven, and the tiles that were asked for; all lists are those of all scores."""
    scorer = Retrievable(user, item)
    found, whole = rank(scorer, truth, K, CONTEXT), rank(Product(user, item), truth, K, CONTEXT)
    assert whole.proven == 0
    assert (found.users == whole.users).all() and (found.items == whole.items).all()
    return found.proven, scorer.asked


def test_nearly_all_lists_are_proven_and_the_rest_ranked_by_all_scores(truth):
    proven, asked = both(*vectors(), truth)
    assert 0.9 * USERS < proven < USERS
    assert asked == [128]


def test_users_whose_best_items_tie_are_ranked_by_all_scores(truth):
    """An item that is there twice and best of all for the first fifty users."""
    user, item = vectors()
    item[[5, 4000]] = 0
    user[:, 0] = 0
    user[:50, 0], item[[5, 4000], 0] = 10.0, 10.0
    proven, asked = both(user, item, truth)
    assert 0.7 * USERS < proven <= USERS - 49
    assert asked == [128]


def test_closed_items_are_in_no_list(truth):
    closed = np.arange(ITEMS) % 3 == 0
    relevant = truth.relevant.where(~closed)
    proven, _ = both(*vectors(), replace(truth, closed=closed, relevant=relevant))
    assert proven > 200


def test_it_is_given_up_where_everybody_ties():
    """After 1,024 of 2,000 users; all are then ranked by all scores, in tiles of 128."""
    truth = truth_of(2000)
    proven, asked = both(torch.ones(2000, 1), (torch.arange(ITEMS) // 20 + 1.0)[:, None], truth)
    assert proven == 0
    assert asked == [128] * 16


def test_a_user_with_fewer_items_than_a_list_is_ranked_by_all_scores(truth):
    draw, users = np.random.default_rng(0), 3
    seen = [(u, i) for u in range(users) for i in range(ITEMS) if u == 0 and i >= 8]
    data = made([*seen, (0, 1), (1, 2), (2, int(draw.integers(ITEMS)))], users, ITEMS)
    masked = np.arange(len(seen))
    few = Truth.of(data, np.arange(len(seen), len(seen) + 3), masked, masked)
    user, item = vectors()
    assert both(user[:users], item, few)[0] == 2
    assert (rank(Retrievable(user[:users], item), few, K, CONTEXT).items[0, 8:] == -1).all()


def test_vectors_that_are_not_numbers_are_the_same_error(truth):
    user, item = vectors()
    user[7, 3] = torch.nan
    with pytest.raises(DataError, match="not a number, the first for the user with inner id 7"):
        rank(Retrievable(user, item), truth, K, CONTEXT)


def test_a_processor_without_bfloat16_ranks_by_all_scores(truth, monkeypatch):
    monkeypatch.setattr(rounding, "narrow_products", lambda: False)
    proven, asked = both(*vectors(), truth)
    assert proven == 0
    assert len(asked) == 3
