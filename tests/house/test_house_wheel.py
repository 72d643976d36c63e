"""A plain installed wheel is whole: recipes, templates, entry points, and a command that works."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest


def call(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=root)
    return next(folder.glob("recbox_graph-*.whl"))


@pytest.fixture(scope="module")
def inside(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_all_files_of_the_package_are_in_the_wheel(root: Path, inside: set[str]) -> None:
    skipped = {"__pycache__"}
    files = [f for f in (root / "recbox").rglob("*") if f.is_file() and skipped.isdisjoint(f.parts)]
    assert {str(f.relative_to(root)) for f in files} - inside == set()
    assert "recbox/py.typed" in inside


def test_recipes_are_in_the_wheel(root: Path, inside: set[str]) -> None:
    shipped = {f"recbox/recipes/{f.name}" for f in (root / "recipes").glob("*.yaml")}
    assert shipped
    assert shipped <= inside


def test_nothing_else_is_in_the_wheel(inside: set[str]) -> None:
    assert {name.split("/")[0] for name in inside} - {"recbox"} == {
        name.split("/")[0] for name in inside if ".dist-info/" in name
    }


def test_entry_points_are_complete(wheel: Path, entries: tuple[Any, ...]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith("entry_points.txt"))
        parser = configparser.ConfigParser(delimiters=("=",))
        parser.optionxform = str
        parser.read_string(archive.read(name).decode())
    found = {(g, n, v) for g in parser.sections() for n, v in parser[g].items()}
    wanted = {
        (f"recbox.{e.kind}", e.name, f"{e.module}:{e.cls}") for e in entries if e.module.startswith("recbox.")
    }
    assert found == wanted | {("console_scripts", "recbox", "recbox.cli:main")}


def test_a_plain_install_checks_a_shipped_recipe(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    call(*pip, "--no-deps", "--no-index", "--target", target, wheel, cwd=tmp_path)
    env = {**os.environ, "PYTHONPATH": str(target)}
    where = call(sys.executable, "-c", "import recbox; print(recbox.__file__)", cwd=tmp_path, env=env)
    assert Path(where.strip()).is_relative_to(target)
    assert "movielens-gcn" in call(
        sys.executable, "-m", "recbox", "check", "movielens_gcn", cwd=tmp_path, env=env
    )
