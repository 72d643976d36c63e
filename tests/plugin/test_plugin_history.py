"""What nodes have, newest first: of training data, and of new users."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from recbox.data import Dataset
from recbox.data.dataset import Interactions, Nodes
from recbox.errors import OptionError
from recbox.plugin import History, NewUsers

ROWS = [(0, 2, 5), (0, 1, 7), (1, 0, 1), (0, 2, 9), (0, 0, 7), (2, 1, 3)]
"""user, item, time: the first has the item 2 twice, and 1 and 0 at once."""


def data(rows: list[tuple[int, int, int]], timed: bool = True) -> Dataset:
    user, item, time = (np.array([row[i] for row in rows], np.int64) for i in range(3))
    x = Interactions(user, item, np.ones(len(rows), np.float32), time if timed else None)
    users, items = (Nodes(pl.DataFrame({"id": range(n)})) for n in (4, 3))
    return Dataset("made", users, items, x)


def test_the_newest_first_by_hand() -> None:
    history = History.of(data(ROWS), "user")
    assert history.lists() == [[2, 0, 1], [0], [1], []]
    assert history.lists(2) == [[2, 0], [0], [1], []]
    assert History.of(data(ROWS), "item").lists() == [[0, 1], [0, 2], [0]]


def test_without_times_later_rows_are_newer() -> None:
    assert History.of(data(ROWS, timed=False), "user").lists() == [[0, 2, 1], [0], [1], []]


def test_rows_that_are_taken_and_the_matrix() -> None:
    history = History.of(data(ROWS), "user")
    assert history.take([3, 0, 0]).lists() == [[], [2, 0, 1], [2, 0, 1]]
    assert history.take([]).lists() == []
    assert history.matrix(3).toarray().tolist() == [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert history.matrix(3, last=2).toarray()[0].tolist() == [1, 0, 1]
    assert History.none(2).lists() == [[], []]


@pytest.mark.parametrize("seed", range(5))
def test_new_users_with_the_rows_of_known_ones_have_their_history(seed: int) -> None:
    draw = np.random.default_rng(seed)
    rows = [(int(draw.integers(4)), int(draw.integers(3)), t) for t in range(20)]
    train = data(rows)
    new = NewUsers.of([[item for user, item, _ in rows if user == u] for u in range(4)])
    new.check(4, 3)
    assert new.history.lists() == History.of(train, "user").lists()


def test_where_nobody_knows_the_order_later_ones_count_as_newer() -> None:
    new = NewUsers(np.array([0, 2, 3]), np.array([1, 4, 0]), np.ones(3, np.float32))
    new.check(4, 5)
    assert new.history.lists() == [[4, 1], [0]]


@pytest.mark.parametrize("newest", [[0, 0, 2], [2, 0, 1], [0, 1]])
def test_an_order_that_is_none_is_refused(newest: list[int]) -> None:
    new = NewUsers(np.array([0, 2, 3]), np.array([1, 4, 0]), np.ones(3, np.float32), newest=np.array(newest))
    with pytest.raises(OptionError, match="newest"):
        new.check(4, 5)
