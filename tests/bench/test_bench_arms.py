"""Arms of a comparison: alike but for what is their own, tuned and judged by one command."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recbox.api.check import check

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


@pytest.mark.parametrize(("condition", "count"), [(0.0, 50), (0.2, 60), (-0.2, 40)])
def test_noise_adds_pairs_that_nobody_has_and_takes_away_training_pairs_alone(
    condition: float, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    changed = runpy.run_path(str(SCRIPT.with_name("robustness.py")))["changed"]
    draw = np.random.default_rng(0)
    known = np.stack(np.divmod(draw.permutation(200)[:70], 20), 1)
    train = known[:50]
    after = {tuple(pair) for pair in changed(train, known, 20, condition, draw).tolist()}
    before, held = ({tuple(pair) for pair in part.tolist()} for part in (train, known[50:]))
    assert len(after) == count and not after & held
    assert after >= before if condition >= 0 else after < before
