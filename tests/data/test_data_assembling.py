"""Cleaning: every row ends in one count, and inner ids follow the external ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.data import BadRow, Column, Tables, assemble
from recbox.errors import DataError
from recbox.recipe.blocks import Clean

ROWS = [(10, 2, 5.0, 3), (9, 2, 1.0, 1), (10, 2, 4.0, 2), (10, 1, 2.0, 9), (9, 2, 3.0, 1)]


def pairs(data):
    x = data.interaction
    return sorted(
        zip(data.user.ids.gather(x.user).to_list(), data.item.ids.gather(x.item).to_list(), x.weight.tolist())
    )


def test_ids_are_dense_and_ascending_as_integers(tables):
    data = assemble(tables(ROWS), Clean())
    assert data.user.ids.to_list() == [9, 10]
    assert data.item.ids.to_list() == [1, 2]
    assert data.interaction.user.dtype == np.int64 and data.interaction.weight.dtype == np.float32


def test_ids_that_are_strings_go_by_code_point(tables):
    data = assemble(tables([("10", "b", 1, 1), ("9", "a", 1, 1), ("é", "Z", 1, 1)]), Clean())
    assert data.user.ids.to_list() == ["10", "9", "é"]
    assert data.item.ids.to_list() == ["Z", "a", "b"]


def test_last_is_the_last_in_time_and_then_in_the_file(tables):
    data = assemble(tables(ROWS), Clean(duplicate="last"))
    assert pairs(data) == [(9, 2, 3.0), (10, 1, 2.0), (10, 2, 5.0)]
    assert data.facts["merged"] == 2


def test_without_time_last_is_the_last_in_the_file(tables):
    data = assemble(tables(ROWS, timed=False), Clean(duplicate="last"))
    assert pairs(data) == [(9, 2, 3.0), (10, 1, 2.0), (10, 2, 4.0)]


def test_sum_adds_the_weights_and_keeps_the_last_time(tables):
    data = assemble(tables(ROWS), Clean(duplicate="sum"))
    assert pairs(data) == [(9, 2, 4.0), (10, 1, 2.0), (10, 2, 9.0)]
    assert sorted(data.interaction.time.tolist()) == [1, 3, 9]


def test_doubled_rows_are_refused_with_their_lines(tables):
    with pytest.raises(DataError, match=r"2 rows repeat(.|\n)*a\.csv:5(.|\n)*a\.csv:1(.|\n)*duplicate: last"):
        assemble(tables(ROWS), Clean(duplicate="refuse"))


def test_another_behaviour_is_no_duplicate(tables):
    t = tables([(1, 1, 1, 1), (1, 1, 1, 2)])
    t = replace(t, interaction=t.interaction.with_columns(behaviour=pl.Series(["view", "buy"])))
    data = assemble(t, Clean(duplicate="refuse"))
    assert data.behaviours == ("buy", "view")
    assert data.interaction.behaviour.tolist() == [1, 0]


def test_bad_rows_are_refused_with_their_lines_and_the_way_out(tables):
    bad = tuple(BadRow("a.csv", line, "no user") for line in range(1, 8))
    t = tables(ROWS, bad=bad, bad_count=7)
    t = replace(t, rows=12)
    with pytest.raises(
        DataError, match=r"7 bad rows(.|\n)*a\.csv:1: no user(.|\n)*and 2 more(.|\n)*bad: skip"
    ):
        assemble(t, Clean())
    assert assemble(t, Clean(bad="skip")).facts["bad"] == 7


def test_threshold_counts_what_it_leaves_out(tables):
    data = assemble(tables(ROWS), Clean(threshold=3))
    assert pairs(data) == [(9, 2, 3.0), (10, 2, 5.0)]
    assert data.facts["below_threshold"] == 1


def test_cores_go_on_until_nothing_changes(tables):
    # User 3 has only item 3; without user 3, item 3 has one user left; without item 3, user 2 has one item.
    rows = [(1, 1), (1, 2), (2, 1), (2, 3), (3, 3), (4, 1), (4, 2)]
    data = assemble(tables([(u, i, 1, 0) for u, i in rows]), Clean(user_core=2, item_core=2))
    assert data.user.ids.to_list() == [1, 4] and data.item.ids.to_list() == [1, 2]
    assert data.facts["core_removed"] == 3


def test_nothing_left_is_an_error_that_says_what_took_it(tables):
    with pytest.raises(DataError, match="below threshold 3"):
        assemble(tables(ROWS), Clean(threshold=9))
    with pytest.raises(DataError, match="no rows of interactions"):
        assemble(tables([]), Clean())


def test_features_follow_the_ids_and_strangers_are_counted(tables):
    item = pl.DataFrame({"id": [2, 7], "title": ["two", "seven"], "extra": [1, 2]})
    data = assemble(tables(ROWS, item=item, columns={"item": (Column("title", "text", "title"),)}), Clean())
    assert data.item.table.to_dicts() == [{"id": 1, "title": None}, {"id": 2, "title": "two"}]
    assert data.facts["items_without_features"] == 1 and data.facts["items_without_interactions"] == 1
    assert data.item.column("title") == "title"


def test_relations_are_mapped_and_links_to_strangers_counted(tables):
    trust = pl.DataFrame({"source": [9, 10, 10], "target": [10, 9, 99], "weight": [0.5, 1.0, 1.0]})
    data = assemble(tables(ROWS, relation={"trust": trust}, ends={"trust": ("user", "user")}), Clean())
    relation = data.relation["trust"]
    assert (relation.source.tolist(), relation.target.tolist()) == ([0, 1], [1, 0])
    assert relation.weight.tolist() == [0.5, 1.0]
    assert data.facts["trust_links"] == 2 and data.facts["trust_links_to_unknown"] == 1


def test_the_order_of_rows_leaves_the_fingerprint(tables):
    rows = [(u, i, 1.0, u + i) for u in range(4) for i in range(3)]
    one, other = assemble(tables(rows), Clean()), assemble(tables(rows[::-1]), Clean())
    assert one.fingerprint == other.fingerprint
    assert one.fingerprint != assemble(tables(rows[:-1]), Clean()).fingerprint


def test_an_overlong_behaviour_is_a_bad_row(tables):
    t = tables([(1, 1, 1, 1), (2, 2, 1, 1)])
    t = replace(t, interaction=t.interaction.with_columns(behaviour=pl.Series(["view", "b" * 1001])))
    with pytest.raises(DataError, match=r"1 bad row, of 2 rows(.|\n)*the behaviour is longer than 1000"):
        assemble(t, Clean())


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("user", None, "no user"),
        ("weight", float("nan"), "finite"),
        ("weight", 1e39, "finite"),
        ("time", None, "time"),
    ],
)
def test_what_a_source_lets_through_is_a_bad_row(tables, column, value, reason):
    t = tables([(1, 1, 1, 1), (2, 2, 1, 1)])
    changed = t.interaction.with_columns(
        pl.when(pl.col("line") == 2).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
    ).cast(t.interaction.schema)
    with pytest.raises(DataError, match=rf"1 bad row(.|\n)*a\.csv:2: .*{reason}"):
        assemble(replace(t, interaction=changed), Clean())
    assert assemble(replace(t, interaction=changed), Clean(bad="skip")).facts["kept"] == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"item": pl.DataFrame({"id": ["2"], "a": ["x"]})},
        {"item": pl.DataFrame({"id": [2, 2]})},
        {"item": pl.DataFrame({"id": [2], "a": ["x"]}), "columns": {"item": (Column("a", "numeric"),)}},
        {
            "relation": {"r": pl.DataFrame({"source": ["9"], "target": ["9"]})},
            "ends": {"r": ("user", "user")},
        },
    ],
)
def test_tables_that_break_the_contract_are_refused(tables, fields):
    with pytest.raises(DataError, match="author of the source"):
        assemble(tables(ROWS, **fields), Clean())


INTERACTIONS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 5), st.integers(0, 9)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60)
@given(INTERACTIONS, st.sampled_from(["last", "sum"]), st.sampled_from([None, 3.0]), st.integers(0, 3))
def test_every_row_ends_in_one_count(rows, duplicate, threshold, core):
    frame = pl.DataFrame(rows, schema=["user", "item", "weight", "time"], orient="row").cast(
        {"weight": pl.Float64}
    )
    clean = Clean(duplicate=duplicate, threshold=threshold, user_core=core, item_core=core)
    try:
        data = assemble(Tables("t", frame, rows=len(rows)), clean)
    except DataError as error:
        assert "no interaction is left" in str(error)
        return
    taken = ("bad", "merged", "below_threshold", "core_removed", "kept")
    assert data.facts["rows"] == len(rows) == sum(data.facts[name] for name in taken)
    assert set(Counter(data.interaction.user.tolist())) == set(range(len(data.user)))
    assert min(Counter(data.interaction.user.tolist()).values()) >= core
    assert min(Counter(data.interaction.item.tolist()).values()) >= core
    if duplicate == "sum" and threshold is None and not core:
        assert data.interaction.weight.sum() == sum(row[2] for row in rows)


def test_tables_may_be_spent(tables):
    whole, spent = tables(ROWS), tables(ROWS)
    assert assemble(spent, Clean(), spend=True).fingerprint == assemble(whole, Clean()).fingerprint
    assert spent.interaction.columns == []
    assert len(whole.interaction) == len(ROWS)


def test_tables_stay_whole_where_rows_are_to_be_named(tables):
    with pytest.raises(DataError, match=r"a\.csv:5(.|\n)*a\.csv:1"):
        assemble(tables(ROWS), Clean(duplicate="refuse"), spend=True)
