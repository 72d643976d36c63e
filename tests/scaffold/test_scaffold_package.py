"""A new package of each kind works as it is: style, types, entry point, recipe, laws."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pytest
from packaging.requirements import Requirement

from recbox import run
from recbox.api.check import check
from recbox.contract import run as contract
from recbox.registry import ALL_KINDS, Registry
from recbox.registry.code import plugin_name
from recbox.scaffold import Package, create
from recbox.scaffold.naming import LONGEST

ROOT = Path(__file__).resolve().parents[2]


def test_every_file_is_there_and_filled_in(package: Package) -> None:
    found = {str(f.relative_to(package.folder)) for f in package.folder.rglob("*") if f.is_file()}
    module = package.name.replace("-", "_")
    assert found - {"interactions.txt"} == {
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "recipe.yaml",
        f"recbox_{module}/__init__.py",
        f"recbox_{module}/{module}.py",
        f"recbox_{module}/py.typed",
        f"tests/test_{module}.py",
    }
    assert found == set(package.files)
    for file in found:
        text = (package.folder / file).read_text(encoding="utf-8")
        assert "{{" not in text and "{%" not in text and "own-name" not in text, file
        assert text.endswith("\n") != file.endswith("py.typed"), file


def test_the_entry_point_names_the_class(package: Package, code: Path) -> None:
    project = tomllib.loads((package.folder / "pyproject.toml").read_text())["project"]
    cls = f"Own{package.kind.capitalize()}"
    assert project["name"] == package.distribution
    assert project["entry-points"] == {
        f"recbox.{package.kind}": {package.name: f"{code.parent.name}.{code.stem}:{cls}"}
    }
    (wanted,) = map(Requirement, project["dependencies"])
    assert wanted.name == "recbox-graph" and wanted.specifier.contains(version("recbox-graph"))
    assert f"class {cls}(" in code.read_text()


@pytest.mark.parametrize(
    ("installed", "wanted"),
    [
        ("0.1.0", ">=0.1.0,<0.2"),
        ("0.12.3+local", ">=0.12.3,<0.13"),
        ("0.2.0rc1", ">=0.2.0rc1,<0.3"),
        ("1.4.2", ">=1.4.2,<2"),
    ],
)
def test_it_asks_for_this_recbox_and_not_for_one_that_may_break_it(
    installed: str, wanted: str, tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recbox.scaffold.package.installed_version", lambda name: installed)
    folder = create("head", "own-head", tmp_path, registry).folder
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == [f"recbox-graph{wanted}"]


@pytest.mark.parametrize("kind", ALL_KINDS)
@pytest.mark.parametrize("name", ["q", "own-hop", "x1-2y", f"q{'-q' * (LONGEST // 2 - 1)}q", "q" * LONGEST])
def test_style(kind: str, name: str, tmp_path: Path, registry: Registry) -> None:
    folder = create(kind, name, tmp_path, registry).folder
    for command in (["check"], ["format", "--check"]):
        ruff = [
            sys.executable,
            "-m",
            "ruff",
            *command,
            "--no-cache",
            "--config",
            ROOT / "pyproject.toml",
            ".",
        ]
        done = subprocess.run(ruff, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.soak
def test_types(package: Package, tmp_path_factory: pytest.TempPathFactory) -> None:
    """As its author would ask, with the settings that it comes with; torch's own types are read once."""
    cache = tmp_path_factory.getbasetemp() / "mypy"
    mypy = [sys.executable, "-m", "mypy", "--cache-dir", str(cache)]
    done = subprocess.run(mypy, cwd=package.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "2 source files" in done.stdout


def test_the_file_alone_is_the_same_plugin(package: Package, code: Path) -> None:
    cls = Registry([code]).load(package.kind, package.name)
    assert plugin_name(cls) == package.name
    card = next(c for c in Registry([code]).cards(package.kind) if c.name == package.name)
    assert card.error == ""
    assert card.fields
    assert all(field.help for field in card.fields)


@pytest.mark.parametrize("name", ["own-2nd", "a-b", "x1", "own-hop", "graph-x", "spec", "true"])
@pytest.mark.parametrize("kind", ["layer", "model"])
def test_odd_names_make_a_class_of_that_name(
    kind: str, name: str, tmp_path: Path, registry: Registry
) -> None:
    folder, module = create(kind, name, tmp_path, registry).folder, name.replace("-", "_")
    plugins = Registry([folder / f"recbox_{module}" / f"{module}.py"])
    assert name in plugins.names(kind)
    assert plugin_name(plugins.load(kind, name)) == name


def test_its_recipe_is_checked(package: Package, code: Path, recipe: Path) -> None:
    assert check(recipe, code=[code]).recipe.name == package.name


def test_its_recipe_runs_and_shows_what_the_part_is_good_for(
    package: Package, code: Path, recipe: Path, tmp_path: Path
) -> None:
    table = tmp_path / "runs.csv"
    track = [f"{package.name}:{table}"] if package.kind == "tracker" else []
    outcome = run(
        recipe,
        code=[code],
        out=tmp_path / "out",
        threads=1,
        offline=True,
        track=track,
    )
    assert outcome.status == "done"
    assert table.exists() == bool(track)
    if package.kind != "metric":
        assert "is ahead of" in outcome.sentence, outcome.sentence


@pytest.mark.parametrize("package", ["writer"], indirect=True)
def test_what_a_writer_wrote_lies_beside_its_recipe(recipe: Path) -> None:
    """A line for each of the 200 users; nearly all took items of two genres, and those have two words."""
    taste = pl.read_csv(recipe.with_name("users.csv"))["taste"]
    assert len(taste) == 200
    assert taste.drop_nulls().str.contains(r"^[A-Z][a-z]+(, [A-Z][a-z]+)?$").all()
    assert taste.str.contains(", ").sum() > 150


def test_laws(package: Package, code: Path) -> None:
    report = contract(Registry([code]).load(package.kind, package.name))
    assert report.of("failed") == ()
    assert report.ok
