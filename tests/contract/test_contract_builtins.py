"""Every plugin that recbox and the packages under `plugins/` declare keeps the laws of its kind."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from recbox.contract.running import check, pairs
from recbox.registry import Registry

ROOT = Path(__file__).resolve().parents[2]


def declared() -> Iterator[tuple[str, str]]:
    """Kind and name of every entry point in the project's own files: none can be left out."""
    for file in (ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))):
        for group, entries in tomllib.loads(file.read_text())["project"].get("entry-points", {}).items():
            if group.startswith("recbox."):
                yield from ((group.removeprefix("recbox."), name) for name in entries)


REGISTRY = Registry()
BRINGS = {"dgl": "dgl", "pyg": "torch_geometric"}
"""Plugins that offer the classes of a library, which may be missing here, and that library."""


def lacking(name: str) -> str:
    """Why a plugin can't be tried here; "" where it can."""
    library = BRINGS.get(name)
    return f"{library} is not installed" if library and find_spec(library) is None else ""


def params() -> Iterator[Any]:
    for kind, name in declared():
        if why := lacking(name):
            yield pytest.param(None, None, marks=pytest.mark.skip(reason=why), id=f"{kind}:{name}")
            continue
        for case, law in pairs(REGISTRY.load(kind, name)):
            yield pytest.param(case, law, id=f"{kind}:{name}-{law.name}-{case.label}")


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What plugins keep for later runs is of these tests alone, so that it is really made in them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECBOX_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.mark.parametrize(("case", "law"), list(params()))
def test_law(case: Any, law: Any) -> None:
    result = check(case, law, case.cls.__name__)
    if result.status == "skipped":
        pytest.skip(result.said)
    assert result.status == "passed", f"{result.states}\n  seen: {result.said}\n  try: {result.instead}"


@pytest.mark.parametrize(("kind", "name"), list(declared()))
def test_something_was_checked(kind: str, name: str) -> None:
    if why := lacking(name):
        pytest.skip(why)
    assert len(list(pairs(REGISTRY.load(kind, name)))) >= 10
