"""Spaces, as Optuna draws from them and as a grid that is counted through."""

from __future__ import annotations

import json
import math
from typing import Any

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recbox.recipe.blocks import Range
from recbox.recipe.recipe import Space
from recbox.tuning import space


def span(**said: Any) -> Space:
    return Space(range=Range.parse(said))


def holds(one: Space, value: Any) -> bool:
    """Whether Optuna takes a value for one of the space."""
    return optuna.create_study().enqueue_trial({"x": value}) is None and _suggested(one, value) == value


def _suggested(one: Space, value: Any) -> Any:
    study = optuna.create_study()
    study.enqueue_trial({"x": value})
    return study.ask({"x": space.distribution(one)}).params["x"]


@pytest.mark.parametrize(
    ("one", "values"),
    [
        (Space(choices=("gcn", 1, 1.5, None, True)), ["gcn", "1", "1.5", "null", "true"]),
        (span(by="int", low=1, high=4), [1, 2, 3, 4]),
        (span(by="int", low=1, high=6, step=2), [1, 3, 5]),
        (span(by="log-int", low=2, high=4), [2, 3, 4]),
        (span(by="linear", low=0.1, high=0.7, step=0.2), [0.1, 0.3, 0.5, 0.7]),
        (span(by="linear", low=0, high=1, step=0.3), [0.0, 0.3, 0.6, 0.9]),
    ],
)
def test_a_grid_has_these_values(one: Space, values: list[Any]) -> None:
    spaces = {"x": one}
    assert space.size(spaces) == len(values)
    assert [space.nth(spaces, number)["x"] for number in range(len(values))] == values
    assert all(holds(one, value) for value in values)


@pytest.mark.parametrize("by", ["log", "linear"])
def test_without_steps_there_is_no_end(by: str) -> None:
    assert space.size({"x": span(by=by, low=1, high=2), "y": Space(choices=(1,))}) is None


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-9, 9),
    st.sampled_from(["1", "true", "null", "NaN", '"a"', "a", ""]),
)
CHOICES = st.recursive(
    SCALARS, lambda x: st.one_of(st.lists(x, max_size=2), st.dictionaries(SCALARS.map(str), x))
)


@given(st.lists(CHOICES, min_size=1, max_size=6, unique_by=json.dumps))
def test_choices_are_told_apart_and_come_back(choices: list[Any]) -> None:
    spaces = {"x": Space(choices=tuple(choices))}
    labels = [space.label(choice) for choice in choices]
    assert len(set(labels)) == len(labels)
    back = [space.settings(spaces, space.nth(spaces, n))["x"] for n in range(len(choices))]
    assert json.dumps(back) == json.dumps(choices)


INTS = st.tuples(st.integers(-50, 50), st.integers(1, 40), st.integers(1, 9)).map(
    lambda t: span(by="int", low=t[0], high=t[0] + max(t[1], t[2]), step=t[2])
)
STEPS = st.tuples(st.floats(-5, 5), st.integers(1, 12), st.sampled_from([0.1, 0.25, 0.3, 1.0])).map(
    lambda t: span(by="linear", low=round(t[0], 3), high=round(t[0], 3) + t[1] * t[2], step=t[2])
)
LISTS = st.lists(st.sampled_from("abcd"), min_size=1, unique=True).map(lambda x: Space(choices=tuple(x)))


@given(
    st.dictionaries(st.sampled_from(["x", "y", "z"]), st.one_of(INTS, STEPS, LISTS), min_size=1, max_size=2)
)
def test_a_grid_counts_every_setting_once(spaces: dict[str, Space]) -> None:
    count = space.size(spaces)
    assert count is not None
    found = [space.nth(spaces, number) for number in range(count)]
    assert (
        len({json.dumps(f) for f in found}) == count == math.prod(len({f[p] for f in found}) for p in spaces)
    )
    for params in (found[0], found[-1]):
        assert all(_suggested(one, params[path]) == params[path] for path, one in spaces.items())
        assert space.snapped(spaces, params) == params


@given(st.one_of(INTS, STEPS, LISTS), st.integers(0, 100))
def test_what_is_drawn_is_in_the_grid(one: Space, seed: int) -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    drawn = space.snapped({"x": one}, study.ask({"x": space.distribution(one)}).params)
    grid = [space.nth({"x": one}, number) for number in range(space.size({"x": one}) or 0)]
    assert drawn in grid
