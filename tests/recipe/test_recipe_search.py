"""`search`: spaces are read where they would stand, and what can't be tried is a mistake with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from recipe_kit import BASE, expect, mistakes, read, read_text, registry

from recbox.errors import RecipeError
from recbox.recipe import dump, schema
from recbox.recipe.varying import vary

LR = "{by: log, low: 1e-4, high: 1e-2}"


def test_choices_and_ranges_are_read(tmp_path: Path) -> None:
    text = f"{BASE}search:\n  dim: [16, 32]\n  train.optimizer.lr: {LR}\n  train.clip: [null, 1.5]\n"
    search = read_text(tmp_path, text).search
    assert list(search) == ["dim", "train.optimizer.lr", "train.clip"]
    assert search["dim"].choices == (16, 32) and search["train.clip"].choices == (None, 1.5)
    span = search["train.optimizer.lr"].range
    assert span and (span.by, span.low, span.high, span.step) == ("log", 1e-4, 1e-2, None)


@pytest.mark.parametrize("nothing", ["", "search:\n", "search: null\n", "search: {}\n"])
def test_no_search_is_no_search(tmp_path: Path, nothing: str) -> None:
    recipe = read_text(tmp_path, BASE + nothing)
    assert recipe.search == {} and "search" not in recipe.resolved


def test_every_mistake_stands_at_its_place(tmp_path: Path) -> None:
    expect(
        tmp_path,
        BASE + "search:\n"
        "  dim: [16, §x, 32, §16]\n"
        "  layer.0.use: [hop, §hopp]\n"
        "  train.§optimiser.lr: [1, 2]\n"
        "  train.epochs: {by: §linear, low: 1, high: 3}\n"
        "  train.clip: {by: log, low: §0, high: §-1, step: §3}\n"
        "  train.batch: {by: int, low: §1.5, high: 3}\n"
        "  train.every: {by: int, low: 1, high: 3, step: §9}\n"
        "  train.patience: {by: int, low: §0, high: 3}\n"
        "  combine: §sum\n"
        "  train.precision: §[]\n"
        "  §seed: [1, 2]\n"
        "  §data.split.valid: [0.1, 0.2]\n"
        "  §'a..b': [1]\n",
        "whole number",
        "the first is at",
        "did you mean 'hop'",
        "did you mean 'optimizer'",
        "by: int",
        "above 0",
        "above `low`",
        "for linear and int",
        "whole number",
        "longer than the range",
        "at least 1",
        "a list of values or a range",
        "nothing to choose from",
        "luck",
        "the same data",
        "no path",
    )


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("search: §[dim]\n", "a mapping of paths"),
        ("search: {dim: {§by2: int, low: 1, high: 2, by: int}}\n", "by2"),
        ("search: {dim: §{by: int, low: 1}}\n", "`high` is missing"),
        ("search: {dim: {by: §normal, low: 1, high: 2}}\n", "linear"),
        ("search: {layer.0: [{use: hop}], §layer.0.wide: [1, 2]}\n", "lies within"),
        ("search: {layer.§7.use: [hop]}\n", "positions"),
    ],
)
def test_other_mistakes(tmp_path: Path, block: str, said: str) -> None:
    expect(tmp_path, BASE + block, said)


def test_a_model_cant_be_tried_beside_graph_parts(tmp_path: Path) -> None:
    found = mistakes(tmp_path, BASE + "search: {model.use: [counts]}\n")
    assert found and all("model" in m.what for m in found)


def test_a_value_that_fits_its_place_but_not_the_rest_is_refused_there(tmp_path: Path) -> None:
    text = BASE + "search: {layer: [[{use: hop}], [{use: §hop, wide: 5}]]}\n"
    (found,) = expect(tmp_path, text, "combine: mean")
    assert found.instead == "combine: concat"


def test_another_plugin_takes_the_options_of_the_old_one_away(tmp_path: Path) -> None:
    base = BASE.replace("{use: hop}", "{use: gcn, residual: true, repeat: 3}")
    recipe = read_text(tmp_path, base + "search: {layer.0.use: [gcn, lightgcn], layer.0.norm: [sym, row]}\n")
    changed = read(vary(recipe.resolved, {"layer.0.norm": "row", "layer.0.use": "lightgcn"}))
    assert [(p.name, p.repeat, p.options.values()) for p in changed.layer] == [
        ("lightgcn", 3, {"norm": "row"})
    ]
    same = read(vary(recipe.resolved, {"layer.0.norm": "row", "layer.0.use": "gcn"}))
    assert same.layer[0].options.values()["residual"] is True
    assert changed.search == {} and recipe.resolved["search"]["layer.0.use"] == ["gcn", "lightgcn"]


def test_an_option_that_one_of_the_plugins_lacks_is_refused(tmp_path: Path) -> None:
    base = BASE.replace("{use: hop}", "{use: gcn}")
    text = base + "search: {layer.0.residual: [true, false], layer.0.use: [gcn, §lightgcn]}\n"
    found = mistakes(tmp_path, text.replace("§", ""))
    assert len(found) == 1 and "no option 'residual'" in found[0].what


FORMS = [
    "encoder: {item: {part: [{use: id}]}}\nsearch: {encoder.item.part.0.use: [id]}\n",
    "objective: {alpha: 0.9, supervised: [{use: bpr}], self-supervised: [{use: l2}]}\n"
    "search: {objective.alpha: [0.5, 0.7]}\n",
    "train: {stage: [{epochs: 3}]}\nsearch: {train.stage.0.epochs: [2, 3]}\n",
    "objective: [{use: bpr}]\ntrain: {stage: [{epochs: 3}, {epochs: 2}]}\n"
    "search: {objective.0.weight: [1, 2]}\n",
    f"search: {{train.optimizer.lr: {LR}, graph.edge.0.weight: [none, value]}}\n",
    "search: {train.batch: {by: log-int, low: 8, high: 64}, dim: {by: int, low: 8, high: 32, step: 8}}\n",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_resolved_recipe_keeps_it_and_reads_back(tmp_path: Path, form: str) -> None:
    recipe = read_text(tmp_path, BASE + form)
    again = read(recipe.resolved)
    assert again.resolved == recipe.resolved and again.search == recipe.search
    assert dump(again.resolved) == dump(recipe.resolved)
    for path, space in recipe.search.items():
        for value in space.choices:
            read(vary(recipe.resolved, {path: value}))


@pytest.mark.parametrize("form", FORMS)
def test_the_schema_takes_it(tmp_path: Path, form: str) -> None:
    validator = Draft202012Validator(schema(registry()))
    recipe = read_text(tmp_path, BASE + form)
    validator.validate(recipe.resolved)
    for wrong in ({"dim": 3}, {"dim": []}, {"dim": {"by": "int", "low": 1}}, ["dim"]):
        assert not validator.is_valid(recipe.resolved | {"search": wrong})


def test_extends_merges_spaces_by_path(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(f"{BASE}search:\n  dim: [16, 32]\n  train.optimizer.lr: {LR}\n")
    over = "extends: base.yaml\nsearch: {dim: [8], train.optimizer.lr: {high: 1}}\n"
    search = read_text(tmp_path, over).search
    span = search["train.optimizer.lr"].range
    assert search["dim"].choices == (8,) and span and (span.low, span.high) == (1e-4, 1)


def test_null_takes_a_path_of_the_base_away(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(f"{BASE}search: {{layer.0.use: [hop], dim: [8, 16]}}\n")
    recipe = read_text(tmp_path, "extends: base.yaml\nsearch: {layer.0.use: null, layer: [[{use: hop}]]}\n")
    assert list(recipe.search) == ["dim", "layer"] == list(recipe.resolved["search"])


def test_too_many_values_are_refused(tmp_path: Path) -> None:
    values = ", ".join(map(str, range(1, 300)))
    (found,) = mistakes(tmp_path, f"{BASE}search: {{dim: [{values}]}}\n")
    assert "256" in found.what


NUMBERS = st.one_of(st.integers(-5, 200), st.floats(-2, 200, allow_nan=False), st.sampled_from([1e-3, 2**60]))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=4), st.sampled_from(["hop", "gcn", "sum"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["use", "by"]), inner)
    ),
    max_leaves=5,
)
RANGES = st.fixed_dictionaries(
    {"by": st.sampled_from(["log", "linear", "int", "log-int", "x"]), "low": NUMBERS, "high": NUMBERS},
    optional={"step": NUMBERS, "more": VALUES},
)
PATHS = st.sampled_from(
    ["dim", "combine", "layer.0", "layer.0.use", "layer.1.use", "layer.0.repeat", "layer", "train.epochs",
     "train.optimizer.lr", "train.clip", "head.use", "objective.0.weight", "model.use", "seed", "data.seed",
     "graph.edge.0.scale", "encoder.item.use", "train..x", "dim.x.y", "layer.x", "nonsense", "search.dim"]
)  # fmt: skip


@given(st.dictionaries(PATHS, st.one_of(RANGES, st.lists(VALUES, max_size=3), VALUES), max_size=4))
def test_whatever_it_says_it_is_read_or_refused_with_places(search: dict[str, Any]) -> None:
    plain = {"recbox": 1, "data": {"source": {"use": "ratings"}}, "layer": [{"use": "hop"}], "search": search}
    try:
        recipe = read(plain)
    except RecipeError as error:
        assert error.mistakes and all(m.line and m.column for m in error.mistakes)
        return
    again = read(recipe.resolved)
    assert json.dumps(again.resolved) == json.dumps(recipe.resolved)
    for path, space in recipe.search.items():
        values = space.choices or ([space.range.low, space.range.high] if space.range else [])
        whole = space.range is not None and space.range.by in ("int", "log-int")
        for value in values:
            first = {p: s.choices[0] for p, s in recipe.search.items() if s.choices}
            spans = {p: s.range.low for p, s in recipe.search.items() if s.range}
            ends = {p: int(v) if recipe.search[p].range.by.endswith("int") else v for p, v in spans.items()}
            read(vary(recipe.resolved, first | ends | {path: int(value) if whole else value}))
