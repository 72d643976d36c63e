"""Membership in bulk equals membership one by one."""

from __future__ import annotations

import numpy as np
import polars as pl
import torch
from hypothesis import given
from hypothesis import strategies as st

from recbox.data import Dataset, Interactions, Nodes
from recbox.recipe.blocks import Negative
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
