"""The table of methods on MovieLens-100K: recipes alike but for the method, made by one command."""

from __future__ import annotations

import json
import os
import runpy
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import recbox
from recbox.api.check import check
from recbox.recipe.recipe import Recipe

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "benchmarks" / "movielens_table.py"
RECIPES = [
    p for p in sorted((ROOT / "benchmarks" / "movielens").glob("*.yaml")) if "\nname: " in p.read_text()
]


@pytest.fixture(scope="module")
def recipes() -> dict[str, Recipe]:
    found = {path.stem: check(path).recipe for path in RECIPES}
    assert len(found) >= 10
    return found


def test_methods_differ_in_nothing_that_is_measured(recipes: dict[str, Recipe]) -> None:
    for recipe in recipes.values():
        first = recipes["popularity"]
        assert recipe.resolved["data"] == first.resolved["data"]
        assert recipe.resolved["evaluate"] == first.resolved["evaluate"]
        assert recipe.seed == first.seed and recipe.baseline == ()


def test_each_is_named_as_its_file_and_has_more_settings_than_trials(recipes: dict[str, Recipe]) -> None:
    pytest.importorskip("optuna")
    from recbox.tuning import space

    for stem, recipe in recipes.items():
        assert recipe.name == stem.replace("_", "-")
        assert bool(recipe.search) == (stem != "popularity")
        count = space.size(recipe.search)
        assert stem == "popularity" or count is None or count > 20, stem


def test_every_method_of_the_script_has_a_recipe(recipes: dict[str, Recipe], monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    methods = runpy.run_path(str(SCRIPT))["METHODS"]
    assert {method.replace("-", "_") for method in methods} == set(recipes)


def command(data: Path, out: Path) -> list[str]:
    few = ["--only", "popularity", "ials", "--split", "user-time", "--trials", "3", "--seeds", "3"]
    return [sys.executable, str(SCRIPT), "--data-dir", str(data), "--out", str(out), *few]


def kill_in_the_search(words: list[str]) -> None:
    """Start a command, and end it with all its processes while trials are on."""
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr
    assert any(line.startswith("Trials ") for line in process.stderr)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()


def test_one_command_makes_the_table_and_goes_on_where_it_was_killed(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("optuna")
    pytest.importorskip("recbox_classic")
    out = tmp_path / "out"
    kill_in_the_search(command(made, out))
    assert not (out / "movielens.md").exists()
    subprocess.run(command(made, out), check=True, capture_output=True)
    page = (out / "movielens.md").read_text()
    subprocess.run(command(made, out), check=True, capture_output=True)
    assert (out / "movielens.md").read_text() == page

    monkeypatch.chdir(tmp_path)  # what it says is what recbox finds that was never interrupted
    shared: dict[str, Any] = {"data_dir": [made], "threads": 1, "device": "cpu"}
    recipes = ROOT / "benchmarks" / "movielens"
    tuned = recbox.tune(str(recipes / "ials.yaml"), trials=3, **shared)
    compared = recbox.compare(
        str(recipes / "popularity.yaml"), tuned.best, seeds=3, metric=["ndcg@20", "recall@20"], **shared
    )
    document = json.loads((out / "movielens.json").read_text())["split"]["user-time"]
    assert document["tuned"]["ials"]["count"] == {"done": 3} and document["looks"] == 4
    assert document["tuned"]["ials"]["chosen"] == tuned.arms[0].best.settings
    assert [pair["sentence"] for pair in document["pair"]] == compared.sentences
    for method in compared.methods:
        mean = f"{method.means('ndcg@20').mean():.4f}"
        assert any(line.startswith(f"| {method.label} |") and mean in line for line in page.splitlines())
