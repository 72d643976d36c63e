"""What nodes are like, as vectors: inner products worked by hand."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from recbox.data import Column
from recbox.data.dataset import Nodes
from recbox.data.described import described
from recbox.errors import DataError

COLUMNS = (
    Column("genre", "multi"),
    Column("year", "numeric"),
    Column("land", "categorical"),
    Column("title", "text"),
)
TABLE = pl.DataFrame(
    {
        "id": range(6),
        "genre": [["a", "b"], ["b"], ["a", "b", "b", ""], [], None, [None, "c"]],
        "year": [1990.0, 1980.0, 2020.0, None, float("nan"), 1990.0],
        "land": ["x", "y", "x", "x", None, None],
        "title": list("abcdef"),
    }
)


def product(*columns: str) -> np.ndarray:
    x = described(Nodes(TABLE, COLUMNS), columns)
    assert x.dtype == np.float32 and x.shape[0] == 6
    length = np.sqrt(x.multiply(x).sum(axis=1))
    assert np.allclose(length[length > 0], 1)
    return (x @ x.T).toarray()


def test_a_category_is_the_same_or_another() -> None:
    same = product("land")
    assert same[0].tolist() == [1, 0, 1, 1, 0, 0] and same[4].tolist() == [0] * 6


def test_lists_are_as_alike_as_they_overlap() -> None:
    shared = product("genre")
    assert shared[0] == pytest.approx([1, 0.5**0.5, 1, 0, 0, 0])  # twice the same category counts once
    assert shared[5, 5] == pytest.approx(1) and shared[3].tolist() == [0] * 6


def test_numbers_are_alike_by_how_many_lie_between_them() -> None:
    near = product("year")
    # In order 1980, 1990, 1990, 2020: the ranks 0, 1.5, 1.5, 3 of 3.
    assert near[0] == pytest.approx([1, math.cos(math.pi / 4), math.cos(math.pi / 4), 0, 0, 1], abs=1e-6)
    assert near[1, 2] == pytest.approx(0, abs=1e-6)


def test_several_columns_give_the_mean_of_those_that_are_known() -> None:
    both = product("genre", "land")
    assert both[0, 1] == pytest.approx((0.5**0.5 + 0) / 2, abs=1e-6)
    assert both[0, 2] == pytest.approx(1, abs=1e-6)
    assert both[0, 3] == pytest.approx(1 / 2**0.5, abs=1e-6)  # of 3 the land is all that is known
    assert both[3, 4] == both[4, 5] == 0  # what is missing of both is nothing that they share


def test_all_columns_that_can_be_compared_where_none_is_named() -> None:
    assert np.allclose(product(), product("genre", "year", "land"))


def test_one_number_alone_and_no_nodes() -> None:
    one = pl.DataFrame({"id": [1, 2], "year": [None, 7.0]})
    columns = (Column("year", "numeric"),)
    assert described(Nodes(one, columns), ()).toarray().tolist() == [[0, 0], [1, 0]]
    assert described(Nodes(one[:0], columns), ()).shape[0] == 0


def test_columns_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(DataError, match="'title' can't be compared"):
        described(Nodes(TABLE, COLUMNS), ["title"])
    with pytest.raises(DataError, match="'gener' can't be compared") as error:
        described(Nodes(TABLE, COLUMNS), ["gener"])
    assert "genre" in error.value.instead
    with pytest.raises(DataError, match="no columns to compare"):
        described(Nodes(TABLE, COLUMNS[3:]), [])
