"""A target among behaviours: its interactions alone, and nothing of the others that gives away the test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recbox.context import Context
from recbox.data import Dataset, Relation, Tables, assemble, split
from recbox.data.behaviours import RULES, told, without_held
from recbox.errors import DataError
from recbox.recipe.blocks import Clean, Split

EVERY = get_args(Split.model_fields["by"].annotation)
CONTEXT = Context(seed=7)
Row = tuple[int, int, int, str]
"""User, item, time, behaviour."""


def tables(rows: list[Row], *, timed: bool = True, part: list[str] | None = None, **fields: Any) -> Tables:
    frame = pl.DataFrame(rows, schema=["user", "item", "time", "behaviour"], orient="row")
    frame = frame.with_columns(weight=pl.lit(1.0)) if timed else frame.drop("time")
    frame = frame if part is None else frame.with_columns(pl.Series("part", part, pl.String))
    return Tables("t", frame, rows=len(rows), **fields)


def links(data: Dataset, name: str) -> list[tuple[int, int]]:
    """External ids of user and item, ascending."""
    one = data.relation[name]
    return sorted(zip(data.user.ids.gather(one.source).to_list(), data.item.ids.gather(one.target).to_list()))


def pairs(data: Dataset, rows: np.ndarray) -> list[tuple[int, int]]:
    x = data.interaction.take(rows)
    return sorted(zip(data.user.ids.gather(x.user).to_list(), data.item.ids.gather(x.item).to_list()))


def honest(rows: list[Row], by: str, valid: float = 0.1, test: float = 0.2, **fields: Any) -> Dataset:
    data = assemble(tables(rows, **fields), Clean(), "buy")
    return without_held(data, split(data, Split(by=by, valid=valid, test=test), CONTEXT))


BOUGHT: list[Row] = [(1, 1, 10, "buy"), (1, 2, 20, "buy"), (1, 3, 30, "buy"), (2, 1, 5, "buy")]


def test_the_target_is_what_the_interactions_are_and_the_others_are_relations():
    rows = [*BOUGHT, (1, 9, 1, "view"), (3, 1, 2, "view"), (1, 1, 9, "cart")]
    data = assemble(tables(rows), Clean(), "buy")
    assert pairs(data, np.arange(4)) == [(1, 1), (1, 2), (1, 3), (2, 1)]
    assert data.behaviours == ("buy",)
    assert set(data.interaction.behaviour.tolist()) == {0}
    assert sorted(data.relation) == ["cart", "view"]
    assert (links(data, "view"), links(data, "cart")) == ([(1, 9), (3, 1)], [(1, 1)])
    assert data.relation["view"].ends == ("user", "item")
    assert data.user.ids.to_list() == [1, 2, 3], "who only viewed is a node too"
    assert (data.facts["target"], data.facts["kept"], data.facts["view_links"]) == ("buy", 4, 2)


def test_without_a_target_all_behaviours_are_interactions_as_ever():
    data = assemble(tables([*BOUGHT, (1, 9, 1, "view")]), Clean())
    assert len(data.interaction) == 5
    assert data.behaviours == ("buy", "view")
    assert not data.relation


def test_leave_last_by_hand():
    """Of user 1 item 3 (time 30) is the test and item 2 (time 20) is for validation, so that 20 is where
    their past ends; user 2 has nothing held out."""
    seen = [
        (1, 1, 9, "view"),  # before, and bought before: stays
        (1, 4, 19, "view"),  # before: stays
        (1, 3, 8, "view"),  # what is the test
        (1, 2, 15, "view"),  # what is for validation
        (1, 5, 20, "view"),  # at the very time
        (1, 6, 25, "cart"),  # later
        (2, 7, 999, "view"),  # of somebody whose past has no end
    ]
    data = honest([*BOUGHT, *seen], "leave-last")
    assert links(data, "view") == [(1, 1), (1, 4), (2, 7)]
    assert links(data, "cart") == []
    counts = {rule: (data.facts[f"view_{rule}"], data.facts[f"cart_{rule}"]) for rule in RULES}
    assert counts == {
        "given_as_held_out": (0, 0),
        "of_held_out_nodes": (0, 0),
        "of_held_out_pairs": (2, 0),
        "not_before_held_out": (1, 1),
    }
    assert (data.facts["view_links"], data.facts["cart_links"]) == (3, 0)
    assert told(data) == (
        "left out of the other behaviours, to be honest: cart 1 not before held out, "
        "view 2 of held out pairs, view 1 not before held out"
    )


def test_a_split_in_time_ends_everybodys_past_at_once():
    """The last purchase of all is the test, at 30: what anybody viewed from then on is left out."""
    seen = [(1, 9, 29, "view"), (2, 9, 29, "view"), (2, 8, 30, "view"), (2, 7, 31, "view")]
    assert links(honest([*BOUGHT, *seen], "time", valid=0, test=0.25), "view") == [(1, 9), (2, 9)]


def test_given_parts_end_a_past_and_drawn_validation_does_not():
    """User 1's test is at 30. Validation is drawn out of their train, here with item 1, 2 or both in it; its
    pairs go, and the time of them means nothing."""
    seen = [(1, 9, 1, "view"), (1, 8, 29, "view"), (1, 7, 30, "view"), (2, 6, 7, "view")]
    part = ["train", "train", "test", "train", "train", "train", "train", "test"]
    data = honest([*BOUGHT, *seen], "given", valid=0.5, part=part)
    assert links(data, "view") == [(1, 8), (1, 9)]
    assert data.facts["view_given_as_held_out"] == 1, "the data itself says that it is of the test"
    assert data.facts["view_not_before_held_out"] == 1


def test_what_is_held_out_at_random_has_no_before():
    seen = [(1, item, 1000, "view") for item in range(1, 9)]
    data = honest([*BOUGHT, *seen], "user-random", valid=0, test=0.34)
    assert len(links(data, "view")) == 7
    assert data.facts["view_of_held_out_pairs"] == 1


@pytest.mark.parametrize("node", ["user", "item"])
def test_a_node_that_is_held_out_whole_has_no_other_behaviour_either(node):
    bought = [(n, n, n, "buy") for n in range(10)]
    seen = [(n, (n + 1) % 10, n, "view") for n in range(10)]
    data = assemble(tables([*bought, *seen]), Clean(), "buy")
    parts = split(data, Split(by=f"cold-{node}", valid=0.1, test=0.2), CONTEXT)
    gone = {pair[node == "item"] for pair in pairs(data, np.concatenate([parts.valid, parts.test]))}
    left = links(without_held(data, parts), "view")
    assert len(gone) == 3
    assert left == [p for p in links(data, "view") if p[node == "item"] not in gone]


def test_without_times_pairs_alone_are_left_out():
    rows = [*BOUGHT, *[(1, item, 1000, "view") for item in range(1, 9)]]
    part = ["train", "train", "test", *["train"] * 9]
    assert len(links(honest(rows, "given", valid=0, timed=False, part=part), "view")) == 7


def test_cores_count_the_target_and_take_the_others_along():
    """Item 9 was never bought and user 3 never bought: with cores of 1 both go, with all that they have."""
    rows = [*BOUGHT, (1, 9, 1, "view"), (3, 1, 2, "view"), (2, 1, 3, "view")]
    data = assemble(tables(rows), Clean(user_core=1, item_core=1), "buy")
    assert (data.user.ids.to_list(), data.item.ids.to_list()) == ([1, 2], [1, 2, 3])
    assert (links(data, "view"), data.facts["core_removed"]) == ([(2, 1)], 2)


def test_a_target_that_is_not_there_names_the_nearest():
    with pytest.raises(DataError, match=r"target 'bui'(.|\n)*buy, view(.|\n)*did you mean 'buy'"):
        assemble(tables([*BOUGHT, (1, 9, 1, "view")]), Clean(), "bui")
    plain = tables(BOUGHT)
    plain = replace(plain, interaction=plain.interaction.drop("behaviour"))
    with pytest.raises(DataError, match="the data tells no behaviours"):
        assemble(plain, Clean(), "buy")


def test_a_target_of_which_nothing_is_left():
    with pytest.raises(DataError, match=r"'buy' is left(.|\n)*data.clean"):
        light = tables([*BOUGHT, (1, 9, 1, "view")])
        weight = pl.Series("weight", [1.0, 1.0, 1.0, 1.0, 5.0])
        assemble(
            replace(light, interaction=light.interaction.with_columns(weight)), Clean(threshold=2), "buy"
        )


def test_a_name_for_a_behaviour_and_a_relation_is_refused():
    friend = pl.DataFrame({"source": [1], "target": [2]})
    both = tables([*BOUGHT, (1, 9, 1, "view")], relation={"view": friend}, ends={"view": ("user", "user")})
    with pytest.raises(DataError, match="'view' is the name of a behaviour and of a relation"):
        assemble(both, Clean(), "buy")


ROWS = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(0, 6), st.integers(0, 9), st.sampled_from(["buy", "cart", "view"])
    ),
    min_size=12,
    max_size=60,
)


def _split(data: Dataset, by: str) -> Any:
    try:
        return split(data, Split(by=by, valid=0.2, test=0.3), CONTEXT)
    except DataError:
        return None


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from(EVERY), st.booleans())
def test_nothing_tells_of_the_held_out_part_and_the_rest_is_as_if_alone(rows, by, parted):
    """The interactions and their split are those of the target's rows alone; a link that is left is of no
    held-out pair or node, and older than what is held out; each row is in one count."""
    part = (
        [["train", "train", "test"][(u + 2 * i) % 3] for u, i, _, _ in rows]
        if parted or by == "given"
        else None
    )
    own = [row[3] == "buy" for row in rows]
    if not any(own):
        return
    data = assemble(tables(rows, part=part), Clean(), "buy")
    mine = [row for row, is_own in zip(rows, own) if is_own]
    of_mine = None if part is None else [p for p, is_own in zip(part, own) if is_own]
    alone = assemble(tables(mine, part=of_mine), Clean())
    parts, other = _split(data, by), _split(alone, by)
    assert (parts is None) == (other is None)
    if parts is None:
        return
    for name in ("train", "valid", "test"):
        assert pairs(data, getattr(parts, name)) == pairs(alone, getattr(other, name))
    left = without_held(data, parts)
    rows_held = np.concatenate([parts.valid, parts.test])
    held = data.interaction.take(rows_held)
    gone = set(zip(held.user.tolist(), held.item.tolist()))
    for name in left.relation:
        _hold(left.relation[name], gone, held, by)
        found = left.facts[f"{name}_links"] + sum(left.facts[f"{name}_{rule}"] for rule in RULES)
        assert found == data.facts[f"{name}_links"]
    counted = sum(left.facts[name] for name in ("bad", "merged", "below_threshold", "core_removed", "kept"))
    assert counted + sum(data.facts[f"{name}_links"] for name in data.relation) == len(rows)


def _hold(one: Relation, gone: set[tuple[int, int]], held: Any, by: str) -> None:
    assert not gone & set(zip(one.source.tolist(), one.target.tolist()))
    if by.startswith("cold"):
        assert not set((one.source if by == "cold-user" else one.target).tolist()) & set(
            (held.user if by == "cold-user" else held.item).tolist()
        )
    if by in ("user-time", "leave-last"):
        for user, time in zip(one.source.tolist(), one.time.tolist()):
            assert all(time < t for u, t in zip(held.user.tolist(), held.time.tolist()) if u == user)
    if by == "time" and len(one.time):
        assert one.time.max() < held.time.min()
