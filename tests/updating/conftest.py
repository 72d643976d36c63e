"""Artifacts of a small shop."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))
from updating_shop import GRAPHS, recipe, write_shop

import recbox
from recbox.api.load import Fitted


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    write_shop(folder)
    return folder


@pytest.fixture(scope="session")
def trained(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The artifact of a graph recipe, or of a model, by name; never to be changed."""
    runs = tmp_path_factory.mktemp("runs")

    def of(name: str) -> Path:
        if not (runs / name).exists():
            blocks = GRAPHS.get(name) or {"model": {"use": name}}
            recbox.run(recipe(shop, name, **blocks), out=runs / name, threads=1)
        return runs / name

    return of


@pytest.fixture
def fitted(trained: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Fitted]:
    """A copy of it that a test may have versions beside, and forget."""

    def of(name: str) -> Fitted:
        if not (tmp_path / name).exists():
            shutil.copytree(trained(name), tmp_path / name)
        return recbox.load(tmp_path / name)

    return of
