"""The JSON schema takes what `load` takes, and sees a misspelt key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from recipe_kit import BASE, read, read_text, registry

from recbox.recipe import schema, shipped


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    made = schema(registry())
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


HEAD: dict[str, Any] = {"recbox": 1, "data": {"source": {"use": "ratings"}}}
HOP = HEAD | {"layer": [{"use": "hop"}]}
VALID: list[dict[str, Any]] = [
    HEAD | {"layer": []},
    HEAD | {"layer": [{"use": "hop", "repeat": 2}], "head": None, "train": None},
    HEAD | {"model": {"use": "counts"}},
    HEAD | {"layer": [{"use": "recbox-graph:gcn", "residual": False}], "graph": {"edge": ["interaction"]}},
    HEAD | {"layer": [], "graph": {"edge": [{"type": "interaction", "scale": 2}]}},
    HOP | {"graph": {"edge": [{"type": "item-relation", "made": "co-occurrence"}]}},
    HOP | {"graph": {"edge": [
        {"type": "item-relation", "made": "nearest", "columns": ["genre"]},
        {"type": "item-relation", "made": "nearest", "by": "marks", "vectors": {"use": "marks"}}]}},
    HEAD | {"layer": [], "objective": {"alpha": 0.5, "supervised": [{"use": "bpr"}], "self-supervised": []}},
    HEAD | {"layer": [], "train": {"stage": [{"epochs": 3, "objective": [{"use": "bpr", "weight": 2}]}]}},
    HEAD | {"layer": [], "encoder": {"item": {"fuse": "sum", "part": [{"use": "id"}, {"use": "own"}]}}},
    HEAD | {"layer": [], "evaluate": {"metric": ["recall", {"use": "gain"}], "k": [3], "select": "gain@3"}},
    {"recbox": 1, "data": {"source": {"use": "files", "interaction": [{"path": "a"}]}}, "layer": []},
]  # fmt: skip


@pytest.mark.parametrize("recipe", VALID)
def test_a_valid_recipe_and_its_resolved_form_validate(
    validator: Draft202012Validator, recipe: dict[str, Any]
) -> None:
    validator.validate(recipe)
    validator.validate(read(recipe).resolved)


@pytest.mark.parametrize("name", shipped())
def test_shipped_recipes_validate(validator: Draft202012Validator, name: str) -> None:
    validator.validate(read(name).resolved)


@pytest.mark.parametrize("recipe", VALID)
def test_a_misspelt_key_does_not(validator: Draft202012Validator, recipe: dict[str, Any]) -> None:
    resolved = read(recipe).resolved
    for wrong in misspelt(resolved):
        assert not validator.is_valid(wrong)


def misspelt(value: Any) -> list[Any]:
    """The value with one key, anywhere in it, misspelt: every such value, but for free names of columns."""
    if isinstance(value, list):
        return [[*value[:i], w, *value[i + 1 :]] for i, v in enumerate(value) for w in misspelt(v)]
    if not isinstance(value, dict):
        return []
    here = [{(k + "x" if k == key else k): v for k, v in value.items()} for key in value]
    below = [value | {key: w} for key, v in value.items() for w in misspelt(v)]
    return here + below


@pytest.mark.parametrize(
    "change",
    [
        {"layer": [{"use": "hop", "norm": "x"}]},
        {"layer": [{"use": "hopp"}]},
        {"layer": [{"norm": "sym"}]},
        {"model": {"use": "counts"}, "layer": []},
        {"model": {"use": "counts"}, "dim": 64},
        {"model": {"use": "counts"}, "graph": {"edge": ["interaction"]}},
        {"dim": "64"},
        {"dim": 0},
        {"train": {"epochs": 3, "stage": [{}]}},
        {"recbox": 2},
        {"data": {}},
        {"data": {"source": {"use": "files"}}},
    ],
)
def test_other_mistakes_are_seen_too(validator: Draft202012Validator, change: dict[str, Any]) -> None:
    assert not validator.is_valid(HEAD | change)


def test_a_recipe_that_extends_may_leave_out_what_its_base_has(
    validator: Draft202012Validator, tmp_path: Path
) -> None:
    (tmp_path / "base.yaml").write_text(BASE + "head: {use: deep, hidden: [3]}\n")
    over = {"extends": "base.yaml", "head": {"hidden": [4]}, "data": {"split": {"test": 0.1}}}
    read_text(tmp_path, "extends: base.yaml\nhead: {hidden: [4]}\ndata: {split: {test: 0.1}}\n")
    validator.validate(over)
    assert not validator.is_valid(over | {"hed": 1})
    assert not validator.is_valid(over | {"layer": [{"use": "hop", "nrom": 1}]})


def test_every_field_of_a_block_is_explained() -> None:
    defs = schema(registry())["$defs"]
    blocks = [name for name, entry in defs.items() if name[0].isupper() and "." not in name]
    assert "Training" in blocks and "Fusing" in blocks
    for name in blocks:
        assert defs[name]["description"], name
        for field, entry in defs[name]["properties"].items():
            assert entry.get("description"), f"{name}.{field}"


def test_help_is_in_the_schema() -> None:
    layer = schema(registry())["$defs"]["layer.gcn"]
    assert layer["properties"]["residual"]["description"]
    assert layer["properties"]["use"]["enum"] == ["gcn", "recbox-graph:gcn"]
