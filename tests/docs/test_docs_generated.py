"""The generated halves of the pages are what `docs/generate.py` makes of today's code."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from docs_kit import PAGES, ROOT, name

import recbox.plugin
from recbox.contract.kinds import kind_of, laws_of
from recbox.recipe import schema
from recbox.registry import ALL_KINDS, KINDS, Registry


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(ROOT / "docs"), *sys.path])
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


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_kinds_page_states_its_laws(kind: str) -> None:
    text = (ROOT / "docs" / f"{kind}.md").read_text(encoding="utf-8")
    assert f"<!-- generated: laws {kind} -->" in text
    assert [law.name for law in kind_of(kind).laws if f"\n| `{law.name}` | " not in text] == []


def test_the_kits_page_states_the_laws_of_all() -> None:
    text = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    assert "<!-- generated: laws all -->" in text
    every = {law.name for kind in KINDS for law in laws_of(kind)}
    own = {law.name for kind in KINDS for law in kind_of(kind).laws}
    assert [name for name in every - own if f"\n| `{name}` | " not in text] == []


def test_the_page_of_stability_has_every_name_of_the_door() -> None:
    text = (ROOT / "docs" / "stability.md").read_text(encoding="utf-8")
    assert [name for name in recbox.plugin.__all__ if f"\n| `{name}` | callers" not in text] == []


def test_the_recipes_page_describes_every_block() -> None:
    text = (ROOT / "docs" / "recipe.md").read_text(encoding="utf-8")
    blocks = [n for n in schema(Registry())["$defs"] if n[0].isupper()]
    assert [n for n in blocks if f"<!-- generated: block {n} -->" not in text] == []


def test_values_are_said_in_words(generate: ModuleType) -> None:
    said = sys.modules["generate_options"].said
    assert said({"type": "integer", "minimum": 1, "maximum": 2**31 - 1}) == "whole number ≥ 1"
    assert said({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]}) == (
        "number > 0 or `null`"
    )
    assert said({"enum": ["", "title"]}) == '`""`, `title`'
    assert said({"type": "array", "items": {"$ref": "#/$defs/a/$defs/File"}}) == "list of: a mapping: *File*"
