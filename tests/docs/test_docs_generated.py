"""The generated halves of the pages are what `docs/generate.py` makes of today's code."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from docs_kit import PAGES, ROOT, name

from recbox.recipe import schema
from recbox.registry import KINDS, Registry


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_making_a_page_anew_changes_nothing(page: Path, generate: ModuleType) -> None:
    text = page.read_text(encoding="utf-8")
    assert generate.regenerated(text) == text, "run `python docs/generate.py`"


@pytest.mark.parametrize("kind", KINDS)
def test_a_kinds_page_describes_all_of_its_plugins(kind: str) -> None:
    text = (ROOT / "docs" / f"{kind}.md").read_text(encoding="utf-8")
    cards = [card for card in Registry().cards(kind) if card.distribution == "recbox-graph"]
    assert [card.name for card in cards if f"\n### {card.name}\n" not in text] == []
    assert [f.name for card in cards for f in card.fields if f"| `{f.name}` |" not in text] == []


def test_the_recipes_page_describes_every_block() -> None:
    text = (ROOT / "docs" / "recipe.md").read_text(encoding="utf-8")
    blocks = [n for n in schema(Registry())["$defs"] if n[0].isupper()]
    assert [n for n in blocks if f"<!-- generated: block {n} -->" not in text] == []


def test_values_are_said_in_words(generate: ModuleType) -> None:
    said = generate.said
    assert said({"type": "integer", "minimum": 1, "maximum": 2**31 - 1}) == "whole number ≥ 1"
    assert said({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]}) == (
        "number > 0 or `null`"
    )
    assert said({"enum": ["", "title"]}) == '`""`, `title`'
    assert said({"type": "array", "items": {"$ref": "#/$defs/a/$defs/File"}}) == "list of: a mapping: *File*"
