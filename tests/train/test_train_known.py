"""Membership in bulk equals membership one by one."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recbox.context import Context
from recbox.data import Dataset, Interactions, Nodes
from recbox.recipe.blocks import Negative, Training
from recbox.train.batches import Batches
from recbox.train.known import Known
from recbox.train.negative import NegativeSampler, Proposal, hardest

USERS, ITEMS = 5, 7
pairs = st.sets(st.tuples(st.integers(0, USERS - 1), st.integers(0, ITEMS - 1)), min_size=1, max_size=20)


def dataset(known: set[tuple[int, int]]) -> Dataset:
    user, item = (np.array(column, dtype=np.int64) for column in zip(*sorted(known)))
    nodes = (Nodes(pl.DataFrame({"id": range(n)})) for n in (USERS, ITEMS))
    return Dataset("t", *nodes, Interactions(user, item, np.ones(len(user), np.float32)))


@given(pairs)
def test_contains_and_mask_agree_with_the_set(known):
    table = Known.of(dataset(known))
    users, items = torch.arange(USERS), torch.arange(ITEMS)
    expected = torch.tensor([[(u, i) in known for i in range(ITEMS)] for u in range(USERS)])
    assert torch.equal(table.contains(users[:, None], items[None]), expected)
    assert torch.equal(table.mask(users), expected)
    some, few = torch.tensor([3, 3, 0]), torch.tensor([6, 0, 2])
    assert torch.equal(table.mask(some, few), expected[some][:, few])


@given(pairs, st.integers(0, 2**31), st.sampled_from(["uniform", "popular", "in-batch", "hard"]))
def test_a_negative_is_never_a_known_item(known, seed, by):
    data = dataset(known)
    table = Known.of(data)
    popularity = torch.bincount(torch.from_numpy(data.interaction.item), minlength=ITEMS)
    sampler = NegativeSampler.of(Negative(by=by, count=3, pool=4), table, popularity)
    rows = sampler.drawable[torch.from_numpy(data.interaction.user)]
    user, item = (torch.from_numpy(a)[rows] for a in (data.interaction.user, data.interaction.item))
    if len(user):
        drawn = sampler.draw(user, item, torch.Generator().manual_seed(seed))
        assert drawn.shape == (len(user), 12 if by == "hard" else 3)
        assert drawn.min() >= 0 and drawn.max() < ITEMS
        assert not table.contains(user[:, None], drawn).any()


@given(pairs, st.integers(0, 2**31), st.sampled_from(["uniform", "popular", "in-batch", "hard"]))
def test_among_warm_candidates_a_negative_has_an_interaction(known, seed, by):
    """A user who knows all of them has none; otherwise each of the rest may come."""
    data = dataset(known)
    table = Known.of(data)
    popularity = torch.bincount(torch.from_numpy(data.interaction.item), minlength=ITEMS)
    sampler = NegativeSampler.of(Negative(by=by, count=4, pool=4), table, popularity, warm=True)
    left = ~table.mask(torch.arange(USERS)) & (popularity > 0)
    assert torch.equal(sampler.drawable, left.any(1))
    rows = sampler.drawable[torch.from_numpy(data.interaction.user)]
    user, item = (torch.from_numpy(a)[rows] for a in (data.interaction.user, data.interaction.item))
    if len(user):
        drawn = sampler.draw(user, item, torch.Generator().manual_seed(seed))
        assert left[user[:, None], drawn].all()


def test_warm_candidates_are_drawn_alike_and_proposed_so():
    """Of seven items 2 and 5 have no interaction, and user 0 knows 1 and 4."""
    data = dataset({(0, 1), (0, 4), (1, 0), (1, 3), (2, 6)})
    popularity = torch.bincount(torch.from_numpy(data.interaction.item), minlength=ITEMS)
    sampler = NegativeSampler.of(Negative(count=90_000), Known.of(data), popularity, warm=True)
    drawn = sampler.draw(torch.zeros(1, dtype=torch.int64), torch.tensor([1]), torch.Generator())
    share = torch.bincount(drawn.flatten(), minlength=ITEMS) / 90_000
    torch.testing.assert_close(share, torch.tensor([1, 0, 0, 1, 0, 0, 1]) / 3, atol=6e-3, rtol=0)
    proposal = sampler.proposal(popularity / popularity.sum())
    torch.testing.assert_close(proposal, torch.tensor([1, 1, 0, 1, 1, 0, 1]) / 5)


@pytest.mark.parametrize("by", ["uniform", "popular", "in-batch", "hard"])
def test_where_every_item_is_warm_the_draws_are_the_same(by):
    data = dataset({(i % USERS, i) for i in range(ITEMS)} | {(0, 3)})
    known, user = Known.of(data), torch.from_numpy(data.interaction.user)
    item = torch.from_numpy(data.interaction.item)
    popularity = torch.bincount(item, minlength=ITEMS)
    a, b = (
        NegativeSampler.of(Negative(by=by, count=5), known, popularity, warm).draw(
            user, item, torch.Generator().manual_seed(1)
        )
        for warm in (False, True)
    )
    assert torch.equal(a, b)


def test_a_user_who_knows_everything_can_have_no_negative():
    data = dataset({(1, i) for i in range(ITEMS)} | {(0, 0)})
    table = Known.of(data)
    ones = torch.ones(ITEMS, dtype=torch.int64)
    assert NegativeSampler.of(Negative(), table, ones).drawable.tolist() == [True, False, True, True, True]


def test_draws_follow_the_masses_that_are_left():
    table = Known.of(dataset({(0, 1), (0, 4)}))
    mass = torch.tensor([1, 50, 2, 3, 9, 0, 4])
    drawn = Proposal(mass, table).draw(
        torch.zeros(1, dtype=torch.int64), 200_000, torch.Generator().manual_seed(0)
    )
    share = torch.bincount(drawn.flatten(), minlength=ITEMS) / 200_000
    expected = torch.tensor([1, 0, 2, 3, 0, 0, 4]) / 10
    torch.testing.assert_close(share, expected, atol=5e-3, rtol=0)


def test_hard_takes_the_highest_of_each_group():
    scores = torch.tensor([[1.0, 3.0, 2.0, 0.0]])
    assert hardest(scores, torch.tensor([[10, 11, 12, 13]]), 2).tolist() == [[11, 12]]


def test_batches_draw_recent_rows_more_often_and_leave_out_users_who_know_everything():
    """User 0 has items 0 and 1, of which the first halves twice; user 1 knows all: no negative is left."""
    user, item = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 2])
    time = np.array([1, 2, 1, 2, 3])
    nodes = (Nodes(pl.DataFrame({"id": range(n)})) for n in (2, 3))
    train = Dataset("t", *nodes, Interactions(user, item, np.ones(5, np.float32), time))
    training = Training(batch=4000, recency={"by": "order", "half_life": 0.25})
    batches = Batches(train, Known.of(train), training, 0, True)
    assert (batches.undrawable, batches.count, len(batches)) == (3, 2, 1)
    drawn = torch.cat([b.item for e in range(1500) for b in batches.epoch(e, Context())])
    assert set(drawn.tolist()) == {0, 1}
    assert abs(float((drawn == 0).float().mean()) - 1 / 5) < 0.04
