"""The page of a search: whatever names and values say, it is well formed, safe, and drawn inside."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from recbox.api.setting import Given
from recbox.recipe.blocks import Range
from recbox.recipe.recipe import Space
from recbox.tuning.book import Row
from recbox.tuning.coordinates import BOTTOM, TOP, drawing, written
from recbox.tuning.outcome import Searched, Tuning
from recbox.tuning.page import render

SPACES = {
    "train.optimizer.lr": Space(range=Range(by="log", low=3e-5, high=2e-1)),
    "dim": Space(range=Range(by="log-int", low=3, high=70)),
    "train.edge_dropout": Space(range=Range(by="linear", low=0.0, high=0.9)),
    "layer.0.repeat": Space(range=Range(by="int", low=1, high=3)),
    "layer.1": Space(choices=({"use": "<script>alert(1)</script>"}, {"use": "b", "x": [1, None]})),
    "train.clip": Space(choices=(None,)),
}


def row(number: int, value: float | None, state: str = "done", reason: str = "") -> Row:
    at = number % 3
    settings = {
        "train.optimizer.lr": [3e-5, 1e-3, 2e-1][at],
        "dim": [3, 20, 70][at],
        "train.edge_dropout": [0.0, 0.5, 0.9][at],
        "layer.0.repeat": at + 1,
        "layer.1": SPACES["layer.1"].choices[number % 2],
        "train.clip": None,
    }
    return Row(number, state, value, settings, 1.5, reason, {})


def arm(*rows: Row, lower: bool = False, name: str = "a") -> Searched:
    return Searched(
        name, "recipe", "ndcg@10", lower, SPACES, rows, None, 20, {"dim": 0.9}, False, "recbox: 1\n"
    )


ROWS = (
    row(0, 0.1),
    row(1, 0.3),
    row(2, 0.2),
    row(3, 0.05, "pruned"),
    row(4, None, "failed", "<b>diverged</b>"),
)


def test_trials_stand_in_order_and_what_is_foreign_is_escaped() -> None:
    page = render(Tuning(Path("/x"), "interrupted", (arm(*ROWS), arm(name="none")), Given()))
    assert "<script" not in page and "<b>diverged" not in page and "&lt;b&gt;diverged" in page
    assert "Interrupted" in page
    assert re.findall(r'<th scope="row">(\d+)</th>', page) == ["1", "2", "0", "3", "4"]
    svg = re.search(r"<svg.*?</svg>", page, re.DOTALL)
    assert svg and ET.fromstring(svg[0]).tag == "svg"


@pytest.mark.parametrize(("lower", "best"), [(False, 1), (True, 0)])
def test_the_best_lies_on_top_and_all_lines_inside(lower: bool, best: int) -> None:
    found = drawing(arm(*ROWS, lower=lower), 0)
    assert found is not None and len(found.rails) == len(SPACES) + 1 and len(found.threads) == 3
    assert found.threads[-1].shade is None and found.threads[-1].title.startswith(f"trial {best}:")
    for thread in found.threads:
        points = [tuple(map(float, p.split(","))) for p in thread.path[1:].split(" L")]
        assert [x for x, _ in points] == [rail.x for rail in found.rails]
        assert all(TOP <= y <= BOTTOM for _, y in points)
    assert max(rail.x for rail in found.rails) < found.width
    for rail in found.rails:
        assert rail.ticks and all(TOP - 1 <= place <= BOTTOM + 1 for place, _ in rail.ticks)


def test_a_better_trial_lies_higher() -> None:
    found = drawing(arm(*ROWS), 0)
    assert found is not None
    ends = [float(thread.path.rpartition(",")[2]) for thread in reversed(found.threads)]
    assert ends == sorted(ends)


def test_fewer_than_two_trials_are_no_drawing() -> None:
    assert drawing(arm(row(0, 0.1)), 0) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1e-5, "1e-05"),
        (3, "3"),
        ({"use": "gat", "heads": 2}, "gat, heads 2"),
        ([1, "a"], "[1; a]"),
    ],
)
def test_values_are_written_for_people(value: object, text: str) -> None:
    assert written(value) == text


def test_reasons_that_differ_in_numbers_are_one() -> None:
    said = ["diverged at step 3 with 1e-05", "too little memory", "diverged at step 21 with 0.5"]
    rows = [row(n, None, "failed", reason) for n, reason in enumerate(said)]
    found = arm(*rows, row(7, 0.1, "done")).failures
    assert [(f.reason, f.trials) for f in found] == [(said[0], (0, 2)), (said[1], (1,))]
    assert str(found[0]) == f"2 trials (0, 2): {said[0]}"
    page = render(Tuning(Path("/x"), "failed", (arm(*rows),), Given()))
    assert page.count("diverged at step 3") == 2 and "Every trial failed" in page


def test_a_drawing_is_as_wide_as_it_has_rails_and_no_choice_loses_its_name() -> None:
    long = Space(choices=({"use": "gcn", "activation": "leaky-relu"}, {"use": "lightgcn"}))
    rows = [
        Row(n, "done", 0.1 * n, {"layer.0": choice}, 1.0, "", {}) for n, choice in enumerate(long.choices)
    ]
    one = Searched("a", "recipe", "ndcg@10", False, {"layer.0": long}, tuple(rows), 2, 2, {}, False, "x")
    few, many = drawing(one, 0), drawing(arm(*ROWS), 1)
    assert few and many and few.width < many.width
    assert [text for _, text in few.rails[0].ticks] == ["gcn, activation l…", "lightgcn"]
    page = render(Tuning(Path("/x"), "done", (one,), Given()))
    assert f'style="width: {few.width}px"' in page


def test_nothing_is_said_of_a_best_that_there_is_not() -> None:
    rows = [row(n, 0.1, "pruned") for n in range(3)]
    assert "The best of each" not in render(Tuning(Path("/x"), "done", (arm(*rows),), Given()))
    assert "The best of each" in render(Tuning(Path("/x"), "done", (arm(*ROWS),), Given()))
