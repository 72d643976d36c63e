"""What becomes of each event: every row of the input is counted once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from updating_shop import DAY, EVENTS, SINCE

from recbox.api.load import Fitted
from recbox.data import Dataset, Interactions, Nodes, Split, Tables
from recbox.errors import DataError, OptionError, RecboxError
from recbox.recipe.blocks import Clean
from recbox.registry import Registry
from recbox.updating.arriving import read_events
from recbox.updating.folding import Folded, fold
from recbox.updating.leaving import State, stamped, without_users
from recbox.updating.rules import Rules
from recbox.updating.welcoming import Welcome

Of = Callable[[str], Fitted]
ALL = {type: Welcome(True, True) for type in ("user", "item")}
ENDS = ("known", "held_out", "merged", "repeated", "new")
BEFORE = ("bad", "forgotten", "below_threshold", "other_behaviour", "skipped")


def state(times: bool = True) -> State:
    """Users 1 … 3, items 10 … 12; one row each is held out for validation and test."""
    x = Interactions(
        np.array([0, 0, 1, 1, 2]),
        np.array([0, 1, 1, 2, 0]),
        np.ones(5, np.float32),
        np.array([10, 20, 10, 20, 10]) if times else None,
    )
    nodes = [Nodes(pl.DataFrame({"id": ids})) for ids in ([1, 2, 3], [10, 11, 12])]
    data = Dataset("tiny", *nodes, x)
    split = stamped(data, Split(np.array([0, 2, 4]), np.array([1]), np.array([3])))
    return State(data, split, {"user": 3, "item": 3, "entity": 0, "interaction": 5})


def folded(
    before: State, rows: list[tuple[int, int, int, float]], duplicate: Any = "last", **more: Any
) -> Folded:
    frame = pl.DataFrame(
        rows,
        schema={"user": pl.Int64, "item": pl.Int64, "time": pl.Int64, "weight": pl.Float64},
        orient="row",
    )
    tables = Tables("events", frame, rows=frame.height, origin="events")
    none = {type: before.data.nodes(type).table.clear() for type in ("user", "item")}
    rules = Rules(Clean(duplicate=duplicate, threshold=more.pop("threshold", None)))
    return fold(before, tables, none, rules, more.pop("welcome", ALL), **more)


ROWS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(10, 14), st.integers(0, 40), st.sampled_from([0.5, 1.0, 2.0])),
    max_size=12,
)


@settings(max_examples=60)
@given(ROWS, st.sampled_from(["last", "sum"]))
def test_each_row_has_one_end_and_again_changes_nothing(rows, duplicate):
    before = state()
    one = folded(before, rows, duplicate, gone=frozenset({"2"}), threshold=1.0)
    counts = one.counts
    assert counts["rows"] == sum(counts[name] for name in (*BEFORE, *ENDS))
    data, x = one.state.data, one.state.data.interaction
    assert len(x) == 5 + counts["new"] and len(one.state.split.train) == 3 + counts["new"]
    held = np.concatenate([one.state.split.valid, one.state.split.test])
    assert np.array_equal(held, [1, 3])
    for name in ("user", "item", "time", "weight"):
        assert np.array_equal(getattr(x, name)[held], getattr(before.data.interaction, name)[held])
    assert len(np.unique(x.user * len(data.item) + x.item)) == len(x)  # a pair is there once
    again = folded(one.state, rows, duplicate, gone=frozenset({"2"}), threshold=1.0)
    assert again.counts["new"] == again.counts["repeated"] == 0
    assert again.state.data.fingerprint == data.fingerprint


@settings(max_examples=40)
@given(ROWS, st.randoms())
def test_the_order_of_rows_with_different_times_is_no_matter(rows, random):
    once = list({row[2]: row for row in rows}.values())
    mixed = random.sample(once, len(once))
    one, other = folded(state(), once), folded(state(), mixed)
    assert one.state.data.fingerprint == other.state.data.fingerprint
    assert one.counts == other.counts


def test_a_pair_that_comes_again_by_hand():
    """User 1 has item 10 at 10 in train and 11 at 20 in validation."""
    rows = [(1, 10, 10, 3.0), (1, 10, 5, 3.0), (1, 10, 30, 2.0), (1, 10, 31, 4.0), (1, 11, 50, 1.0)]
    last = folded(state(), rows)
    assert {k: last.counts[k] for k in ENDS} == dict(zip(ENDS, (2, 1, 1, 1, 0)))
    x = last.state.data.interaction
    assert (x.weight[0], x.time[0], x.time[1]) == (4.0, 31, 20)
    sums = folded(state(), rows, "sum").state.data.interaction
    assert (sums.weight[0], sums.time[0]) == (1 + 2 + 4, 31)
    with pytest.raises(DataError, match="repeat a user and item"):
        folded(state(), rows, "refuse")
    assert folded(state(), rows[:1], "refuse").counts["known"] == 1


def test_new_nodes_stand_behind_those_that_were_there():
    found = folded(state(), [(9, 10, 50, 1.0), (0, 7, 51, 1.0), (9, 7, 52, 1.0)]).state.data
    assert found.user.ids.to_list() == [1, 2, 3, 0, 9]
    assert found.item.ids.to_list() == [10, 11, 12, 7]
    assert found.interaction.user[5:].tolist() == [4, 3, 4]


def test_what_is_skipped_takes_along_those_who_have_nothing_else():
    """User 9 did nothing but with item 77, which can't be known: then there is no user 9."""
    welcome = {"user": Welcome(True, True), "item": Welcome(False, False, "why", skip=True)}
    found = folded(state(), [(9, 77, 50, 1.0), (1, 12, 51, 1.0)], welcome=welcome)
    assert (found.counts["users"], found.counts["skipped_items"], found.counts["new"]) == (0, 1, 1)


def test_leaving_by_hand():
    """Without user 1 (rows 0 and 1) row 2 is row 0."""
    left = without_users(state(), np.array([0]))
    assert left.data.user.ids.to_list() == [2, 3]
    assert left.data.interaction.user.tolist() == [0, 0, 1]
    parts = left.split.train.tolist(), left.split.valid.tolist(), left.split.test.tolist()
    assert parts == ([0, 2], [], [1])
    assert left.base == {"user": 2, "item": 3, "entity": 0, "interaction": 3}


def test_files_with_the_names_that_the_recipe_has(fitted: Of, tmp_path):
    model = fitted("lightgcn")
    (tmp_path / "since.csv").write_text(
        "\ufeffCustomer,item,when,stars\nperson-01,100,2030-01-01T00:00:00Z,3\nperson-01,101,never,3\n"
    )
    counts = model.update(tmp_path / "since.csv").metrics["updated"]["count"]
    assert (counts["rows"], counts["bad"]) == (2, 1)  # this recipe skips what it can't read
    plain = SINCE.rename({name: role for role, name in EVENTS.items()})
    plain.write_ndjson(tmp_path / "plain.jsonl")
    one, other = model.update(SINCE), model.update(tmp_path / "plain.jsonl")
    assert one.dataset.fingerprint == other.dataset.fingerprint
    odd = plain.rename({"user": "u", "time": "t"})
    named = model.update(odd, columns={"user": "u", "time": "t"})
    assert named.dataset.fingerprint == one.dataset.fingerprint
    with pytest.raises(DataError, match="there is no column 'Customer'"):
        model.update(odd)
    with pytest.raises(OptionError, match="nothing to update with"):
        model.update()


def test_ids_that_the_data_can_not_have_are_bad_rows(fitted: Of):
    """Items are integers here."""
    odd = pl.DataFrame({"user": ["a", "b"], "item": ["100", "mug"], "time": [900 * DAY] * 2})
    counts = fitted("lightgcn").update(odd).metrics["updated"]["count"]
    assert (counts["bad"], counts["new"]) == (1, 1)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([".csv", ".tsv", ".jsonl", ".parquet", ".db"]),
    st.binary(max_size=60) | st.text(max_size=60).map(str.encode),
    st.sampled_from([b"", b"user,item,time\n", b"PAR1", b"SQLite format 3\0", b'{"user": 1, "item"']),
)
def test_a_file_that_is_none_is_a_mistake_and_no_fault(tmp_path_factory, ending, raw, head):
    path = tmp_path_factory.mktemp("odd") / f"events{ending}"
    path.write_bytes(head + raw)
    try:
        tables = read_events(path, state().data, {}, Registry())
    except RecboxError:
        return
    assert tables.rows >= tables.interaction.height
