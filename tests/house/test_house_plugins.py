"""Every plugin that recbox declares: it loads, it is final, it explains itself, and a test names it.

`entry` runs over all entry points (see `conftest.py`).
"""

from __future__ import annotations

import ast
import re
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from recbox.registry import ALL_KINDS, RESERVED, Card, Registry

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry()


@pytest.fixture(scope="module")
def cards(registry: Registry) -> dict[tuple[str, str], Card]:
    return {(c.kind, c.name): c for c in registry.cards()}


def test_loads_and_is_final(entry: Any, registry: Registry) -> None:
    cls = registry.load(entry.kind, entry.name)
    assert getattr(cls, "__final__", False), f"{cls.__name__} lacks @final"
    assert cls.__name__ == entry.cls


def test_explains_itself(entry: Any, cards: dict[tuple[str, str], Card]) -> None:
    card = cards[entry.kind, entry.name]
    assert card.error == ""
    assert card.summary.endswith("."), f"the docstring's first line is the summary: {card.summary!r}"
    assert 15 <= len(card.summary) <= 120
    assert [f.name for f in card.fields if not f.help] == [], "options without a docstring"
    assert {f.name for f in card.fields}.isdisjoint(RESERVED)


def test_lives_where_its_kind_says(entry: Any) -> None:
    assert entry.module.split(".")[1] == entry.kind or not entry.module.startswith("recbox.")


def test_default_options_survive_a_round_trip(entry: Any, registry: Registry) -> None:
    cls = registry.load(entry.kind, entry.name)
    if any(field.is_required() for field in cls.model_fields.values()):
        pytest.skip(f"{entry.name} has required options; its own tests build it")
    options = cls()
    assert cls.parse(options.values()) == options


@pytest.fixture(scope="module")
def test_texts(root: Path) -> str:
    files = [f for f in root.glob("tests/**/test_*.py") if "house" not in f.parts]
    files += root.glob("plugins/*/tests/**/test_*.py")
    return "\n".join(f.read_text() for f in files)


def test_a_test_names_it(entry: Any, test_texts: str) -> None:
    words = (re.escape(entry.cls), re.escape(entry.module), rf"[\"']{re.escape(entry.name)}[\"']")
    assert any(re.search(rf"(?<!\w){w}(?!\w)", test_texts) for w in words), f"no test names {entry.cls}"


def test_what_is_installed_is_what_is_declared(entries: tuple[Any, ...]) -> None:
    """An old installation lacks the newest entry points: install again."""
    installed = {(k, p.name) for k in ALL_KINDS for p in entry_points(group=f"recbox.{k}") if p.dist}
    assert {(e.kind, e.name) for e in entries} <= installed


WRAPPING = {"recbox-dgl", "recbox-pyg"}
"""Packages that offer the classes of another library."""


@pytest.mark.parametrize("package", sorted(f.parent.name for f in ROOT.glob("plugins/*/pyproject.toml")))
def test_a_package_imports_nothing_of_recbox_but_the_authors_door(package: str) -> None:
    found = set()
    for file in (ROOT / "plugins" / package).glob("recbox_*/**/*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            found |= {n for n in names if n.split(".")[0] == "recbox"}
    door = {"recbox.plugin", "recbox.plugin.foreign"} if package in WRAPPING else {"recbox.plugin"}
    assert found == door
