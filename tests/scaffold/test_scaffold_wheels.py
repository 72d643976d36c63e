"""The whole way of a plugin, with wheels in a fresh environment: made, built, installed, used, taken away.

Two kinds go it with every test run; `pytest tests/scaffold/test_scaffold_wheels.py` does for all nine.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from fresh import ROOT, Fresh, borrow, environment, wheel

from recbox.registry import KINDS

WAY = [pytest.param(k, marks=() if k in ("layer", "model") else pytest.mark.soak) for k in KINDS]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """recbox from its wheel, and what it needs."""
    folder = tmp_path_factory.mktemp("fresh")
    made = environment(folder / "environment")
    made("pip", "install", "--quiet", "--no-deps", "--no-index", wheel(ROOT, folder / "dist"))
    borrow(made)
    return made


def listed(fresh: Fresh, kind: str, name: str) -> list[dict[str, Any]]:
    rows = json.loads(fresh("recbox", "plugins", "list", "--kind", kind, "--json"))
    return [row for row in rows if row["name"] == name]


def install(fresh: Fresh, folder: Path) -> None:
    """Build the wheel of a package and install it."""
    fresh("pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder / "dist", folder)
    fresh("pip", "install", "--quiet", "--no-deps", "--no-index", *(folder / "dist").glob("*.whl"))


def test_recbox_is_the_wheels(fresh: Fresh) -> None:
    asked = (
        "import json, recbox; from importlib.metadata import distributions;"
        "found = [d for d in distributions() if d.metadata['Name'].startswith('recbox')];"
        "print(json.dumps([recbox.__file__, [[d.metadata['Name'], str(d.locate_file(''))] for d in found],"
        "found[0].read_text('direct_url.json')]))"
    )
    file, found, origin = json.loads(fresh("python", "-c", asked))
    assert Path(file).is_relative_to(fresh.venv)
    assert [name for name, _ in found] == ["recbox-graph"]
    assert Path(found[0][1]).is_relative_to(fresh.venv)
    assert "editable" not in origin
    assert origin.count(".whl") == 1


@pytest.mark.parametrize("kind", WAY)
def test_a_new_package_from_the_first_command_to_its_removal(kind: str, fresh: Fresh) -> None:
    name, folder = f"own-{kind}", fresh.folder / f"recbox-own-{kind}"
    recipe = folder / "recipe.yaml"
    made = json.loads(fresh("recbox", "plugins", "new", kind, name, "--json"))
    assert fresh.folder / made["folder"] == folder
    missing(fresh, recipe, name)

    install(fresh, folder)
    (row,) = listed(fresh, kind, name)
    assert (row["distribution"], row["version"], row["error"]) == (f"recbox-{name}", "0.1.0", "")
    report = json.loads(fresh("recbox", "plugins", "test", name, "--json"))
    assert report["ok"], report
    fresh("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", folder)
    for command in commands(folder / "README.md"):
        fresh(*command.replace(" recipe.yaml", f" {recipe}").split())
    fresh("recbox", "check", shared(recipe, name))
    artifact = fresh.folder / f"out-{kind}"
    fresh("recbox", "run", recipe, "--offline", "--out", artifact)
    assert json.loads(fresh("recbox", "eval", artifact, "--json"))["test"]

    fresh("pip", "uninstall", "--quiet", "--yes", f"recbox-{name}")
    assert listed(fresh, kind, name) == []
    missing(fresh, recipe, name)
    gone = fresh.attempt("recbox", "eval", artifact)
    assert gone.code == 2
    assert f"pip install recbox-{name}==0.1.0" in gone.err
    # Not packaged, the file alone does the same.
    fresh("recbox", "check", recipe, "--code", folder / f"recbox_own_{kind}" / f"own_{kind}.py")


@pytest.mark.soak
def test_a_new_tracker_from_the_first_command_to_its_removal(fresh: Fresh) -> None:
    name, folder = "own-tracker", fresh.folder / "recbox-own-tracker"
    recipe, table = folder / "recipe.yaml", fresh.folder / "runs.csv"
    fresh("recbox", "plugins", "new", "tracker", name)
    code = folder / "recbox_own_tracker" / "own_tracker.py"
    gone = fresh.attempt("recbox", "run", recipe, "--track", name)
    assert gone.code == 2 and f"there is no tracker '{name}'" in gone.err

    install(fresh, folder)
    (row,) = listed(fresh, "tracker", name)
    assert (row["distribution"], row["version"], row["error"]) == (f"recbox-{name}", "0.1.0", "")
    report = json.loads(fresh("recbox", "plugins", "test", name, "--json"))
    assert report["ok"], report
    fresh("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", folder)
    for command in commands(folder / "README.md"):
        fresh(*command.replace(" recipe.yaml", f" {recipe}").split())
    fresh("recbox", "run", recipe, "--offline", "--track", f"recbox-{name}:{name}:{table}")
    told = table.read_text().splitlines()
    assert sum(",loss," in line for line in told) == 20 and ",status,done" in "\n".join(told)

    fresh("pip", "uninstall", "--quiet", "--yes", f"recbox-{name}")
    assert listed(fresh, "tracker", name) == []
    assert fresh.attempt("recbox", "run", recipe, "--track", name).code == 2
    # Not packaged, the file alone does the same.
    fresh("recbox", "run", recipe, "--offline", "--track", f"{name}:{table}", "--code", code)
    assert len(table.read_text().splitlines()) == 2 * len(told) - 1


def commands(readme: Path) -> list[str]:
    """The commands of recbox that a README tells to type."""
    found = re.findall(r"^\$ (recbox (?!plugins test|run).*)$", readme.read_text(), re.MULTILINE)
    assert [line.split()[1] for line in found] in (["plugins", "check"], ["plugins", "profile", "check"])
    return found


def missing(fresh: Fresh, recipe: Path, name: str) -> None:
    """Without the package its recipe is a mistake that says what to install."""
    for file in (recipe, shared(recipe, name)):
        done = fresh.attempt("recbox", "check", file)
        assert done.code == 2
        assert f"'{name}'" in done.err or f"'recbox-{name}:{name}'" in done.err
        assert f"pip install recbox-{name}" in done.err
    advice = [line for line in done.err.splitlines() if line.strip().startswith("try:")]
    assert f"pip install recbox-{name}" in advice[0]


def shared(recipe: Path, name: str) -> Path:
    """The recipe as one gives it to others: it names the package that brings the plugin."""
    text = recipe.read_text().replace(f"use: {name}", f"use: recbox-{name}:{name}")
    copy = recipe.with_name("shared.yaml")
    copy.write_text(re.sub(" +#.*", "", text))
    return copy
