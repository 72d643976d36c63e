"""Splits: cases worked by hand, and the laws that hold for all of them."""

from __future__ import annotations

from typing import get_args

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.context import Context
from recbox.data import Tables, assemble, split
from recbox.data.clustering import nearness
from recbox.data.splitting import rounded
from recbox.errors import DataError
from recbox.recipe.blocks import Clean, Split

EVERY = get_args(Split.model_fields["by"].annotation)
CONTEXT = Context(seed=7)


def items(data, rows):
    return data.item.ids.gather(data.interaction.item[rows]).to_list()


def test_counts_are_pythons_round():
    for share in (0.1, 0.2, 0.25, 0.3, 0.5, 1 / 3):
        counts = np.arange(2000)
        assert rounded(share, counts).tolist() == [round(share * n) for n in range(2000)]


def test_user_time_by_hand(dataset):
    # Ten interactions, given in the wrong order; items 9 and 10 at the same time: 10 is the later.
    times = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 10: 9}
    data = dataset([(1, item, 1, times[item]) for item in (10, 3, 1, 9, 2, 8, 7, 4, 6, 5)])
    parts = split(data, Split(by="user-time", valid=0.1, test=0.1), CONTEXT)
    assert items(data, parts.test) == [10]
    assert items(data, parts.valid) == [9]
    assert sorted(items(data, parts.train)) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_user_time_rounds_half_to_even(dataset):
    # 0.25 of 2 is 0.5, which rounds to 0; of 6 it is 1.5, which rounds to 2.
    rows = [(1, item, 1, item) for item in (1, 2)] + [(2, item, 1, item) for item in range(1, 7)]
    data = dataset(rows)
    parts = split(data, Split(by="user-time", valid=0, test=0.25), CONTEXT)
    assert data.interaction.user[parts.test].tolist() == [1, 1]
    assert items(data, parts.test) == [5, 6]


def test_leave_last_by_hand(dataset):
    data = dataset([(1, 1, 1, 1), (1, 2, 1, 2), (1, 3, 1, 3), (2, 1, 1, 1), (2, 2, 1, 2), (3, 1, 1, 5)])
    parts = split(data, Split(by="leave-last"), CONTEXT)
    assert items(data, parts.test) == [3, 2]
    assert items(data, parts.valid) == [2]
    assert parts.facts["users_without_test"] == 1


def test_time_is_the_last_of_all(dataset):
    data = dataset([(u, i, 1, 10 * u + i) for u in range(5) for i in range(4)])
    parts = split(data, Split(by="time", valid=0.1, test=0.2), CONTEXT)
    time = data.interaction.time
    assert sorted(time[parts.test]) == [40, 41, 42, 43]
    assert sorted(time[parts.valid]) == [32, 33]


def test_given_parts_are_kept(dataset):
    data = dataset([(1, i, 1, i) for i in range(4)], part=["train", "test", "valid", "train"])
    parts = split(data, Split(by="given"), CONTEXT)
    assert (parts.train.tolist(), parts.valid.tolist(), parts.test.tolist()) == ([0, 3], [2], [1])
    assert parts.facts["valid_from_train"] is False


def test_given_without_valid_takes_it_from_train(dataset):
    data = dataset([(1, i, 1, i) for i in range(12)], part=["train"] * 10 + ["test"] * 2)
    parts = split(data, Split(by="given", valid=0.2), CONTEXT)
    assert len(parts.valid) == 2 and set(parts.valid) < set(range(10))
    assert parts.facts["valid_from_train"] is True


def test_a_cluster_is_what_stands_nearest_to_one_that_is_drawn(dataset):
    """Two circles of users and items, and one user of both: what is held out of that one is of one circle."""
    rows = [(u, i, 1, 0) for u in range(6) for i in range(5)]
    rows += [(u, i, 1, 0) for u in range(10, 16) for i in range(10, 15)]
    rows += [(20, i, 1, 0) for i in (0, 1, 2, 3, 4, 10, 11, 12, 13, 14)]
    data = dataset([*rows, (0, 99, 1, 0)], part=["train"] * len(rows) + ["test"])
    sides = set()
    for seed in range(8):
        parts = split(data, Split(by="given", valid=0.5, valid_by="cluster"), Context(seed=seed))
        x = data.interaction.take(parts.valid)
        own = data.item.ids.to_numpy()[x.item[x.user == data.user.ids.to_list().index(20)]]
        assert len(own) == 5 and len(set(own < 10)) == 1
        sides.add(bool(own[0] < 10))
    assert sides == {True, False}


def test_nearness_by_hand(dataset):
    """Item 1 has users 1, 2, 3; item 2 has 1, 2; item 3 has 1: to whichever is drawn for user 1."""
    data = dataset([(1, 1, 1, 0), (1, 2, 1, 0), (1, 3, 1, 0), (2, 1, 1, 0), (2, 2, 1, 0), (3, 1, 1, 0)])
    x, one, two = data.interaction, (2 / 6) ** 0.5 * 2**0.5, 1 / 2**0.5
    to = {0: [1, one, 3**-0.5], 1: [one, 1, two], 2: [3**-0.5, two, 1]}
    seen = set()
    for seed in range(12):
        near = nearness(x, np.random.default_rng(seed))
        centre = int(near[:3].argmax())
        np.testing.assert_allclose(near[:3], to[centre])
        assert near[5] == 1 and near[3:5].tolist() in ([1, pytest.approx(one)], [pytest.approx(one), 1])
        seen.add(centre)
    assert seen == {0, 1, 2}


@pytest.mark.parametrize("type", ["item", "user"])
def test_cold_holds_out_whole_nodes(dataset, type):
    data = dataset([(u, i, 1, 0) for u in range(10) for i in range(10) if (u * i) % 3 != 1])
    parts = split(data, Split(by=f"cold-{type}", valid=0.1, test=0.2), CONTEXT)
    nodes = getattr(data.interaction, type)
    held = [set(nodes[rows].tolist()) for rows in (parts.train, parts.valid, parts.test)]
    assert [len(nodes) for nodes in held] == [7, 1, 2]
    assert not held[0] & held[1] and not held[0] & held[2] and not held[1] & held[2]


def test_random_splits_follow_the_seed(dataset):
    data = dataset([(u, i, 1, 0) for u in range(5) for i in range(20)])
    block = Split(by="user-random")
    one, same = split(data, block, CONTEXT), split(data, block, CONTEXT)
    other = split(data, block, Context(seed=8))
    assert one.fingerprint == same.fingerprint != other.fingerprint
    assert one.facts["test"] == 20 and one.facts["valid"] == 10


@pytest.mark.parametrize("by", ["user-time", "leave-last", "time"])
def test_a_split_by_time_needs_times(dataset, by):
    with pytest.raises(DataError, match="needs the time"):
        split(dataset([(1, i, 1) for i in range(9)], timed=False), Split(by=by), CONTEXT)


def test_made_data_that_stands_in_for_given_parts_is_split_at_random(dataset):
    rows = [(u, i, 1.0, 0) for u in range(5) for i in range(10)]
    made = dataset(rows, synthetic=True)
    one, other = (split(made, Split(by=by), CONTEXT) for by in ("given", "user-random"))
    assert one.fingerprint == other.fingerprint and len(one.test) == 10
    cluster = split(made, Split(by="given", valid_by="cluster"), CONTEXT)
    assert cluster.fingerprint != one.fingerprint
    assert [len(cluster.test), len(cluster.valid)] == [10, 5]


def test_given_needs_parts(dataset):
    with pytest.raises(DataError, match="brings its own parts"):
        split(dataset([(1, 1, 1, 1)]), Split(by="given"), CONTEXT)


@pytest.mark.parametrize(
    ("block", "empty"),
    [
        (Split(by="user-time", valid=0.1, test=0.5), "valid"),
        (Split(by="user-time", valid=0.1, test=0.1), "valid and test"),
        (Split(by="user-random", valid=0.6, test=0.6), "train"),
    ],
)
def test_an_empty_part_is_refused(dataset, block, empty):
    with pytest.raises(DataError, match=f"no interaction for {empty}"):
        split(dataset([(1, 1, 1, 1), (1, 2, 1, 2)]), block, CONTEXT)


def test_a_part_that_is_not_asked_for_may_be_empty(dataset):
    parts = split(dataset([(1, i, 1, i) for i in range(10)]), Split(valid=0, test=0.2), CONTEXT)
    assert len(parts.valid) == 0 and len(parts.test) == 2


ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 30), st.integers(0, 8), st.sampled_from(["train", "test"])),
    min_size=20,
    max_size=80,
)


@settings(max_examples=60)
@given(ROWS, st.sampled_from(EVERY), st.sampled_from([0, 0.1, 0.25]), st.randoms(), st.booleans())
def test_parts_are_every_row_once_whatever_the_order(rows, by, valid, random, cluster):
    # One row for a pair, so that which row is kept doesn't depend on the order.
    rows = list({(row[0], row[1]): row for row in rows}.values())
    block = Split(by=by, valid=valid, test=0.2, valid_by="cluster" if cluster else "random")
    try:
        data, parts = _split(rows, block)
    except DataError:
        return
    joined = np.concatenate([parts.train, parts.valid, parts.test])
    assert sorted(joined.tolist()) == list(range(len(rows)))
    random.shuffle(rows)
    assert _split(rows, block)[1].fingerprint == parts.fingerprint
    if by == "user-time":
        _check_order(data, parts, valid)


def _split(rows, block):
    frame = pl.DataFrame(rows, schema=["user", "item", "time", "part"], orient="row")
    data = assemble(Tables("t", frame, rows=len(rows)), Clean())
    return data, split(data, block, CONTEXT)


def _check_order(data, parts, valid):
    x = data.interaction
    for user in range(len(data.user)):
        own = [
            [(x.time[r], x.item[r]) for r in part if x.user[r] == user]
            for part in vars(parts).values()
            if isinstance(part, np.ndarray)
        ]
        n = sum(map(len, own))
        assert [len(part) for part in own[1:]] == [round(valid * n), round(0.2 * n)]
        flat = [max(part) for part in own if part], [min(part) for part in own if part]
        assert all(latest < first for latest, first in zip(flat[0], flat[1][1:]))


def test_movielens_user_time_counts(data_dir):
    from recbox.source.movielens import MovieLens100K

    data = assemble(MovieLens100K().read(Context(data_dir=(data_dir,))), Clean())
    parts = split(data, Split(), CONTEXT)
    assert (len(parts.train), len(parts.valid), len(parts.test)) == (70_012, 9_988, 20_000)
