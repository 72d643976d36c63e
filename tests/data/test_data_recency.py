"""Ages by hand: by place in the user's own history, and by days."""

from __future__ import annotations

import numpy as np
import pytest

from recbox.data import Interactions
from recbox.data.recency import recency
from recbox.errors import DataError
from recbox.recipe.blocks import Recency

USER, ITEM = np.array([0, 1, 0, 0, 0]), np.array([5, 9, 7, 6, 8])
TIME = np.array([10, 50, 30, 30, 20]) * 86_400


def of(time, **block):
    x = Interactions(USER, ITEM, np.ones(5, np.float32), time)
    return recency(x, Recency(**block), "here")


def test_order_counts_back_from_each_users_newest_and_ties_go_by_item():
    # user 0 in order: item 5, item 8, then 6 and 7 at one time; ages 3/4, 2/4, 1/4, 0
    ages = np.array([3 / 4, 0, 0, 1 / 4, 2 / 4])
    np.testing.assert_allclose(of(TIME, by="order", half_life=0.25), 0.5 ** (ages / 0.25))


def test_time_counts_days_since_the_newest_of_all():
    np.testing.assert_allclose(
        of(TIME, by="time", half_life=10.0), 0.5 ** (np.array([40, 0, 20, 20, 30]) / 10)
    )


def test_none_is_no_weight_and_a_missing_time_is_an_error():
    assert of(None, by="none") is None
    with pytest.raises(DataError, match="needs times"):
        of(None, by="order")
