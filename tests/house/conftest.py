"""What the house tests look at: the source files, their syntax trees, and the declared plugins."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Entry:
    """An entry point as `pyproject.toml` writes it."""

    kind: str
    name: str
    module: str
    cls: str


@cache
def declared() -> tuple[Entry, ...]:
    """The entry points of recbox and of the packages under `plugins/`."""
    return tuple(
        e
        for file in (ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml")))
        for e in _of(file)
    )


def _of(file: Path) -> list[Entry]:
    groups = tomllib.loads(file.read_text())["project"].get("entry-points", {})
    return [
        Entry(group.removeprefix("recbox."), name, *value.split(":"))
        for group, entries in groups.items()
        if group.startswith("recbox.")
        for name, value in entries.items()
    ]


@cache
def sources() -> dict[Path, ast.Module]:
    """Every Python file that ships, with its syntax tree."""
    files = [*ROOT.glob("recbox/**/*.py"), *ROOT.glob("plugins/*/*/**/*.py")]
    return {f.relative_to(ROOT): ast.parse(f.read_text(), str(f)) for f in sorted(files)}


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def entries() -> tuple[Entry, ...]:
    return declared()


@pytest.fixture(scope="session")
def trees() -> dict[Path, ast.Module]:
    return sources()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `entry` runs once for each entry point."""
    if "entry" in metafunc.fixturenames:
        metafunc.parametrize("entry", declared(), ids=lambda e: f"{e.kind}:{e.name}")
