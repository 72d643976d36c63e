"""A new package of each kind, made once; tests look at it and leave it as it is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from recbox.cli.front import call
from recbox.registry import ALL_KINDS, Registry
from recbox.scaffold import Package, create

os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry()


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory, registry: Registry) -> dict[str, Package]:
    folder = tmp_path_factory.mktemp("packages")
    return {kind: create(kind, f"own-{kind}", folder, registry) for kind in ALL_KINDS}


@pytest.fixture(params=ALL_KINDS)
def package(request: pytest.FixtureRequest, packages: dict[str, Package]) -> Package:
    return packages[request.param]


@pytest.fixture
def code(package: Package) -> Path:
    """The file with the plugin's class."""
    module = package.name.replace("-", "_")
    return package.folder / f"recbox_{module}" / f"{module}.py"


@pytest.fixture
def recipe(package: Package, code: Path, tmp_path: Path) -> Path:
    """The package's recipe, ready to be run: a copy of a writer's, with what it wrote beside it."""
    if package.kind != "writer":
        return package.folder / "recipe.yaml"
    copy = shutil.copytree(package.folder, tmp_path / "written") / "recipe.yaml"
    assert call(["profile", str(copy), "--code", str(code)]) == 0
    return copy
