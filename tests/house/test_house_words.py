"""One singular word for each kind, the same in all places: a key of recipes for those that a recipe names,
and no key of them for those that a command names."""

from __future__ import annotations

import inspect
import re
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import pytest

import recbox.plugin
from recbox.cli.front import recbox as command
from recbox.contract.kinds import kind_of
from recbox.registry import ALL_KINDS, COMMAND_KINDS, KINDS, Options, Registry
from recbox.registry.kinds import group


def keys(schema: Any) -> set[str]:
    """All property names of a JSON schema."""
    if isinstance(schema, dict):
        own = set(schema.get("properties", {}))
        return own.union(*(keys(v) for v in schema.values()))
    return set().union(*(keys(v) for v in schema)) if isinstance(schema, list) else set()


@pytest.fixture(scope="module")
def recipe_keys() -> set[str]:
    from recbox.recipe import schema

    return keys(schema(Registry()))


@pytest.mark.parametrize("kind", KINDS)
def test_word_is_a_recipe_key(kind: str, recipe_keys: set[str]) -> None:
    assert kind in recipe_keys


@pytest.mark.parametrize("kind", COMMAND_KINDS)
def test_word_of_a_command_is_no_recipe_key(kind: str, recipe_keys: set[str]) -> None:
    assert kind not in recipe_keys


@pytest.mark.parametrize("kind", COMMAND_KINDS)
def test_word_is_in_the_help_of_an_option_of_run(kind: str) -> None:
    options = [p for p in command.get_command(None, "run").params if isinstance(p, click.Option)]
    assert [p for p in options if re.search(rf"\b{kind}\b", p.help or "")]


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_word_is_a_folder(kind: str, root: Path) -> None:
    assert (root / "recbox" / kind / "__init__.py").is_file()


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_word_is_a_module_of_the_contract_kit(kind: str) -> None:
    assert len(kind_of(kind).laws) >= 4


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_word_is_an_entry_point_group(kind: str) -> None:
    assert len(entry_points(group=group(kind))) > 0


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_word_is_an_abstract_class_of_the_authors_door(kind: str) -> None:
    cls = getattr(recbox.plugin, kind.capitalize())
    assert issubclass(cls, Options)
    assert cls.kind == kind
    assert inspect.isabstract(cls) or any(inspect.isabstract(c) for c in cls.__subclasses__())


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_word_is_a_page_of_the_docs(kind: str, root: Path) -> None:
    if not (root / "docs").is_dir():
        pytest.skip("there is no docs/ folder in this checkout")
    page = root / "docs" / f"{kind}.md"
    assert page.is_file(), f"write docs/{kind}.md"
    assert re.search(rf"\b{kind}\b", page.read_text(), re.IGNORECASE)


def test_no_kind_of_the_registry_is_missing_from_the_entry_points(entries: tuple[Any, ...]) -> None:
    assert {e.kind for e in entries} == set(ALL_KINDS)


def test_modules_have_no_catch_all_names(trees: dict[Path, Any]) -> None:
    bad = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base2"}
    assert [str(p) for p in trees if p.stem.strip("_") in bad] == []
