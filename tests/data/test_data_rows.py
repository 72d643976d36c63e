"""Whose rows are whose, and what is known of nodes."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recbox.data import Column, Interactions, Nodes

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 5)), max_size=40)


@given(rows=ROWS, timed=st.booleans())
@pytest.mark.parametrize("node", ["user", "item"])
def test_rows_of_a_node_by_time_and_then_as_they_came(node, rows, timed):
    user, item, time = (
        (np.array(column, np.int64) for column in zip(*rows)) if rows else [np.zeros(0, int)] * 3
    )
    x = Interactions(user, item, np.ones(len(user), np.float32), time if timed else None)
    indptr, order = x.by(node, 6)
    own = user if node == "user" else item
    for n in range(6):
        mine = [row for row in range(len(own)) if own[row] == n]
        expected = sorted(mine, key=lambda row: time[row]) if timed else mine
        assert order[indptr[n] : indptr[n + 1]].tolist() == expected


def test_what_is_known_of_nodes():
    table = pl.DataFrame({"id": ["a", "b", "c"], "age": [1.0, None, 3.0]})
    about = Nodes(table, (Column("age", "numeric"),)).about(np.array([2, 0]))
    assert about is not None and about.to_dict(as_series=False) == {"age": [3.0, 1.0]}
    assert Nodes(table.select("id")).about(np.array([1])) is None
