"""A recipe that is written out reads back the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from recipe_kit import BASE, read, read_text

from recbox.errors import RecipeError
from recbox.recipe import dump
from recbox.recipe.decoding import clean
from recbox.recipe.parsing import parse
from recbox.recipe.place import Findings

RECIPES = [
    BASE,
    BASE + "name: '007'\nseed: 3\n",
    BASE + "objective: {alpha: 0.9, supervised: [{use: bpr}], self-supervised: [{use: shrink}]}\n",
    BASE + "train:\n  stage:\n  - {epochs: 3, objective: [{use: shrink, weight: 1e-7}]}\n  - {clip: 1e22}\n",
    BASE + "encoder: {user: {fuse: concat, part: [{use: id}]}}\ncombine: last\n",
    BASE + "encoder: {user: {fuse: gate, part: [{use: id, dropout: 0.2}, {use: id, cold: keep}]},\n"
    "  item: {fuse: attention, part: [{use: id}]}}\n",
    "recbox: 1\ndata: {source: {use: ratings, size: true}}\nmodel: {use: counts}\n",
    "recbox: 1\nlayer: []\ndata: {source: {use: files, interaction: [{path: 'a: b/#c', delimiter: \"\\t\",\n"
    "  columns: {no: '1e-3', '3': 3, '': 'null'}, keep: [{name: \"é\\u2028\\x01\"}]}]}}\n",
]  # fmt: skip


@pytest.mark.parametrize("text", RECIPES)
def test_a_resolved_recipe_reads_back_equal(tmp_path: Path, text: str) -> None:
    recipe = read_text(tmp_path, text)
    assert read_text(tmp_path, dump(recipe.resolved), name="again.yaml") == recipe
    assert read(recipe.resolved) == recipe
    assert read_text(tmp_path, dump(recipe.resolved)).resolved == recipe.resolved


def test_baselines_read_back_with_the_same_options_given(tmp_path: Path) -> None:
    """What is not given is searched on validation, so a default must not be written as if it were."""
    given = "evaluate: {baseline: [tried, {use: tried, k: 1}, {use: tried, inner: {name: x}, shrink: 0}]}\n"
    recipe = read_text(tmp_path, BASE + given)
    again = read_text(tmp_path, dump(recipe.resolved), name="again.yaml")
    assert again == recipe
    for one, other in zip(again.baseline, recipe.baseline, strict=True):
        assert one.options.model_fields_set == other.options.model_fields_set
    assert [set(p.options.model_fields_set) for p in again.baseline] == [set(), {"k"}, {"inner", "shrink"}]
    assert recipe.resolved["evaluate"]["baseline"][:2] == ["tried", {"use": "tried", "k": 1}]


def test_a_model_s_recipe_is_written_without_graph_parts(tmp_path: Path) -> None:
    recipe = read_text(tmp_path, "recbox: 1\ndata: {source: {use: ratings}}\nmodel: {use: counts}\n")
    assert set(recipe.resolved) == {"recbox", "name", "seed", "data", "model", "evaluate"}


WORDS = ["no", "1e-3", "010", "1:30", "null", "- a", "a: b", "#", "", " ", "<<", "!!int 3", "*a", "=", "\n"]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
    | st.sampled_from(WORDS)
)
KEYS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
TREES = st.recursive(
    LEAVES, lambda t: st.lists(t, max_size=4) | st.dictionaries(KEYS, t, max_size=4), max_leaves=20
)


def back(text: str) -> object:
    findings = Findings()
    read = clean(text, "t", Path(), findings)
    assert read is not None
    tree = parse(*read, findings)
    assert tree is not None and not findings.found, [p.mistake(*w) for p, *w in findings.found]
    return tree.plain()


@settings(max_examples=60)
@given(st.dictionaries(KEYS, TREES, max_size=5))
def test_any_plain_data_reads_back_equal(data: dict[str, object]) -> None:
    assert back(dump(data)) == data


@settings(max_examples=60)
@given(st.dictionaries(KEYS, TREES, max_size=5))
def test_a_reader_of_yaml_1_1_sees_the_same(data: dict[str, object]) -> None:
    assert yaml.safe_load(dump(data)) == data


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), {1: 2}, object(), b"x", {"a": {None: 1}}, 10**5000, {"a", "b"}],
    ids=type,
)
def test_what_is_no_plain_data_is_refused(value: object) -> None:
    with pytest.raises(RecipeError, match=r"plain data|number"):
        read({"recbox": 1, "name": value})


def test_endless_data_is_refused() -> None:
    data: dict[str, object] = {}
    data["a"] = data
    with pytest.raises(RecipeError, match="deep"):
        read(data)


def test_mistakes_in_plain_data_have_places() -> None:
    with pytest.raises(RecipeError) as caught:
        read({"recbox": 1, "data": {"source": {"use": "ratings"}}, "layer": [{"use": "hop", "norm": "x"}]})
    (found,) = caught.value.mistakes
    assert found.line[found.column - 1 :].startswith("x")
    assert found.where.startswith("recipe:")
