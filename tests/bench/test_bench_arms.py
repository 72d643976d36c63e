"""Arms of a comparison: alike but for what is their own, tuned and judged by one command."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recbox
from recbox.api.check import check
from recbox.api.reading import read
from recbox.api.setting import on_device, settle
from recbox.data import Dataset

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "benchmarks" / "arms.py"
SETS = sorted(path for path in (ROOT / "benchmarks" / "arms").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", SETS, ids=lambda path: path.name)
def test_arms_are_measured_alike_and_searched_alike(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    script = runpy.run_path(str(SCRIPT))
    paths = script["arms"](folder.name)
    first, *others = (check(path).recipe for path in paths.values())
    assert first.name == next(iter(paths)) and others
    for path, recipe in zip(list(paths.values())[1:], others, strict=True):
        assert recipe.name == path.stem
        for block in ("data", "evaluate", "train", "dim", "head", "combine", "encoder"):
            own, other = (without_entities(one.resolved[block]) for one in (recipe, first))
            assert own == other, (path.stem, block)
        for setting, space in first.search.items():
            assert recipe.search[setting] == space, (path.stem, setting)


def without_entities(block: Any) -> Any:
    """Encoders of users and items; where the graph has entities, they have one too."""
    return {k: v for k, v in block.items() if k != "entity"} if isinstance(block, dict) else block


def test_the_command_tunes_compares_and_writes_the_page(made: Path, tmp_path: Path) -> None:
    asked = ["ssl", "--data-dir", str(made), "--out", str(tmp_path), "--only", "xsimgcl"]
    command = [sys.executable, str(SCRIPT), *asked, "--trials", "1", "--seeds", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    page = (tmp_path / "ssl.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    assert [row[0] for row in rows] == ["| arm", "| lightgcn", "| xsimgcl"]
    assert len(rows[2]) == len(rows[0]) and "objective.2.temperature" in page


@pytest.fixture
def robustness(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    return runpy.run_path(str(SCRIPT.with_name("robustness.py")))


def short(folder: Path, arm: str = "lightgcn") -> Path:
    """The recipe of an arm, for a few epochs."""
    path = folder / f"{arm}.yaml"
    whole = SCRIPT.parent / "arms" / "ssl" / f"{arm}.yaml"
    path.write_text(f"extends: {whole}\ntrain: {{epochs: 4, batch: 64, every: 1}}\n")
    return path


def test_a_method_is_worth_what_a_run_says_where_nothing_is_changed(
    robustness: dict[str, Any], made: Path, tmp_path: Path
) -> None:
    recipe, settled = short(tmp_path), {"data_dir": [made], "seed": 2, "threads": 1, "device": "cpu"}
    run = recbox.run(recipe, out=tmp_path / "run", sets=["data.seed=0"], **settled).metrics
    assert robustness["value"](recipe, made, 0.0, 2) == run["test"]["ndcg@20"]
    assert robustness["value"](recipe, made, -0.5, 2) != run["test"]["ndcg@20"]


def test_the_page_of_arms_tells_how_to_set_each(robustness: dict[str, Any]) -> None:
    """What `arms.py` printed is what a recipe takes, for every method."""
    page = (SCRIPT.parent / "results" / "ssl.md").read_text(encoding="utf-8")
    found = robustness["chosen"](page)
    assert set(robustness["METHODS"]) <= set(found)
    for name in robustness["METHODS"]:
        own = settle(robustness["arm"](name), sets=found[name]).recipe
        space = check(robustness["arm"](name)).recipe.search
        assert {word.partition("=")[0] for word in found[name]} == set(space)
        assert own.layer[0].repeat == int(dict(word.split("=") for word in found[name])["layer.0.repeat"])


def test_the_command_makes_the_page_and_goes_on(made: Path, tmp_path: Path) -> None:
    asked = ["--data-dir", str(made), "--out", str(tmp_path / "runs"), "--only", "lightgcn", "--draws", "2"]
    command = [
        sys.executable,
        str(SCRIPT.with_name("robustness.py")),
        *asked,
        "--page",
        str(tmp_path / "p.md"),
    ]
    done = [subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(2)]
    assert not done[0].returncode, done[0].stderr
    assert "10 of 10" in done[0].stderr
    assert not done[1].stderr, "nothing was left to do"
    assert done[0].stdout == done[1].stdout == (tmp_path / "p.md").read_text(encoding="utf-8")
    assert "--out DIR --draws 2 --only lightgcn --page" in done[0].stdout
    (row,) = [line for line in done[0].stdout.splitlines() if line.startswith("| lightgcn")]
    assert row.count("±") == 4


@pytest.mark.parametrize("draws", ["1", "0"])
def test_one_draw_is_refused(draws: str, tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT.with_name("robustness.py")), "--data-dir", ".", "--out", "o"]
    done = subprocess.run([*command, "--draws", draws], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "say nothing of chance" in done.stderr


@pytest.mark.parametrize("condition", [0.3, -0.3, -0.9])
def test_the_same_items_are_ranked_under_all_conditions(
    robustness: dict[str, Any], made: Path, tmp_path: Path, condition: float
) -> None:
    """So a method that learns nothing is worth the same."""
    recipe = tmp_path / "random.yaml"
    recipe.write_text(
        "recbox: 1\ndata:\n  source: {use: movielens-100k}\n"
        "  split: {by: user-random, valid: 0.1, test: 0.2}\nmodel: {use: random}\n"
        "evaluate: {k: [10, 20], metric: [ndcg], select: ndcg@20, baseline: []}\n"
    )
    clean = robustness["value"](recipe, made, 0.0, 1)
    assert 0 < clean < 1
    assert robustness["value"](recipe, made, condition, 1) == clean


@pytest.mark.parametrize("condition", [0.0, 0.2, -0.2])
def test_noise_adds_pairs_that_nobody_has_and_takes_away_training_pairs_alone(
    robustness: dict[str, Any], made: Path, tmp_path: Path, condition: float
) -> None:
    setting = settle(short(tmp_path), data_dir=[made], seed=1, threads=1)
    clean = read(setting, on_device(setting, "cpu"))
    changed = robustness["changed"](clean, condition)
    assert pairs(changed.dataset, changed.split.valid) == pairs(clean.dataset, clean.split.valid)
    before, after = (pairs(job.dataset, job.split.train) for job in (clean, changed))
    held = pairs(clean.dataset, np.concatenate([clean.split.valid, clean.split.test]))
    assert len(set(after)) == len(after) == len(before) + round(condition * len(before))
    assert not set(after) & set(held)
    assert set(after) >= set(before) if condition >= 0 else set(after) < set(before)


def pairs(data: Dataset, rows: np.ndarray) -> list[tuple[int, int]]:
    x = data.interaction.take(rows)
    return list(zip(x.user.tolist(), x.item.tolist(), strict=True))
