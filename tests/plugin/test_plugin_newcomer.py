"""New users and items beside known ones: what they are handed over as, and the scorer of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from recbox.errors import OptionError, UnsupportedError
from recbox.plugin import NewItems, NewUsers, Scorer


class Counted(Scorer):
    """Pair (u, i) scores `base + 10 u + i`; a new user is number 50 and on, a new item number 5 and on."""

    def __init__(self, users: list[int], items: list[int]) -> None:
        self.users, self.items = np.array(users, dtype=np.int64), np.array(items, dtype=np.int64)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.users), len(self.items)

    def block(self, users: np.ndarray) -> torch.Tensor:
        return torch.from_numpy((10 * self.users[users][:, None] + self.items).astype(np.float32))

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"users": self.users, "items": self.items}, {}

    def new_users(self, users: NewUsers) -> Scorer:
        return Counted([50 + n for n in range(len(users))], self.items.tolist())

    def new_items(self, items: NewItems) -> Scorer:
        return Counted(self.users.tolist(), [5 + n for n in range(len(items))])


class Closed(Counted):
    new_users, new_items = Scorer.new_users, Scorer.new_items


ITEMS = pl.DataFrame({"genre": ["a", "b"]})
KNOWN = Counted([0, 1], [0, 1, 2])


def test_histories_are_ascending_and_hold_each_item_once():
    new = NewUsers.of([[5, 2, 5], [], [1]], [[1.0, 2.0, 0.5], [], [3.0]])
    assert new.indptr.tolist() == [0, 2, 2, 3]
    assert new.item.tolist() == [2, 5, 1]
    assert new.weight.tolist() == [2.0, 1.5, 3.0]
    assert new.row.tolist() == [0, 0, 2]
    assert new.matrix(6).toarray().tolist() == [[0, 0, 1, 0, 0, 1], [0] * 6, [0, 1, 0, 0, 0, 0]]


@pytest.mark.parametrize("order", [[3, 1, 2], [2, 3, 1], [1, 2, 3]])
def test_the_order_of_a_history_is_free(order):
    new = NewUsers.of([order], [[float(i) for i in order]])
    assert (new.item.tolist(), new.weight.tolist()) == ([1, 2, 3], [1.0, 2.0, 3.0])


def test_none_at_all():
    new = NewUsers.of([])
    assert (len(new), new.matrix(4).shape) == (0, (0, 4))
    assert KNOWN.with_users(new).shape == (2, 3)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (NewUsers.of([[1, 3]]), "inner id 3"),
        (NewUsers.of([[-1]]), "inner id -1"),
        (NewUsers.of([[1]], [[float("nan")]]), "finite"),
        (NewUsers.of([[1], [2]], features=pl.DataFrame({"age": [1.0]})), "1 rows of features for 2"),
    ],
)
def test_what_fits_no_method_is_refused(new, said):
    with pytest.raises(OptionError, match=said):
        KNOWN.with_users(new)


def test_weights_belong_to_items():
    with pytest.raises(OptionError, match="differ in number"):
        NewUsers.of([[1, 2]], [[1.0]])


def test_new_users_come_after_the_known_ones():
    both = KNOWN.with_users(NewUsers.of([[0], [1]]))
    assert both.shape == (4, 3)
    expected = [[510, 511, 512], [0, 1, 2], [10, 11, 12], [500, 501, 502]]
    assert both.block(np.array([3, 0, 1, 2])).tolist() == expected
    assert both.block(np.array([1])).tolist() == [[10, 11, 12]]
    assert both.score(np.array([3, 1]), np.array([0, 2])).tolist() == [510, 12]


def test_new_items_come_after_the_known_ones():
    both = KNOWN.with_items(ITEMS)
    assert both.shape == (2, 5)
    assert both.block(np.array([1])).tolist() == [[10, 11, 12, 15, 16]]


@pytest.mark.parametrize("items_first", [True, False])
def test_new_users_are_scored_against_new_items(items_first):
    if items_first:
        both = KNOWN.with_items(ITEMS).with_user([2])
    else:
        both = KNOWN.with_user([2]).with_items(ITEMS)
    assert both.shape == (3, 5)
    assert both.block(np.array([2, 0])).tolist() == [[500, 501, 502, 505, 506], [0, 1, 2, 5, 6]]


def test_a_new_item_stands_in_no_history():
    with pytest.raises(OptionError, match="doesn't send"):
        KNOWN.with_items(ITEMS).with_user([3])


def test_more_of_them_can_come():
    both = KNOWN.with_user([1]).with_user([2])
    assert both.block(np.arange(4))[:, 0].tolist() == [0, 10, 500, 500]
    assert KNOWN.with_items(ITEMS).with_items(ITEMS).shape == (2, 7)


def test_a_mixed_block_asks_for_as_many_users_as_ever():
    """A product may round a row differently among fewer rows, so the known scorer sees a full tile."""
    seen = []

    class Noted(Counted):
        def block(self, users: np.ndarray) -> torch.Tensor:
            seen.append(len(users))
            return super().block(users)

    Noted([0, 1], [0, 1, 2]).with_user([1]).block(np.array([0, 2, 1, 1]))
    assert seen == [4]


@pytest.mark.parametrize("call", [lambda s: s.with_user([0]), lambda s: s.with_items(ITEMS)])
def test_who_can_not_says_why_and_who_could(call):
    with pytest.raises(UnsupportedError) as error:
        call(Closed([0], [0, 1]))
    assert error.value.why
    assert error.value.instead


@pytest.mark.parametrize("both", [KNOWN.with_user([0]), KNOWN.with_items(ITEMS)])
def test_it_is_not_saved(both):
    with pytest.raises(UnsupportedError, match="isn't saved"):
        both.state()
