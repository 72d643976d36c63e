"""The package as a whole: light, alone with the authors' door, and without its libraries still a run."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
import recbox_track._plain as plain
from recbox_track import MLflow, TensorBoard, WandB

from recbox.plugin import Run, Tracker

HERE = Path(__file__).resolve().parents[1]
ALL = {"tensorboard": TensorBoard, "mlflow": MLflow, "wandb": WandB}


def test_importing_it_imports_no_library() -> None:
    code = (
        "import sys, recbox_track; [cls() for cls in (recbox_track.MLflow, recbox_track.WandB)]; "
        "sys.exit(bool({'torch', 'tensorboard', 'mlflow', 'wandb', 'sqlalchemy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


@pytest.mark.parametrize("name", ALL)
def test_without_its_library_a_run_is_told_what_to_install(name: str, tmp_path: Path) -> None:
    """In an interpreter that has all but that library."""
    recipe = tmp_path / "r.yaml"
    recipe.write_text(
        "recbox: 1\nname: small\n"
        "data: {source: {use: synthetic, users: 60, items: 50, interactions: 900}, split: {by: user-time}}\n"
        "model: {use: popularity}\nevaluate: {k: [5], select: ndcg@5, baseline: []}\n"
    )
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules.update(dict.fromkeys(('tensorboard', 'mlflow', 'wandb')))\n"
    )
    import os

    done = subprocess.run(
        [sys.executable, "-m", "recbox", "run", recipe, "--track", name, "--threads", "1"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"the tracker '{name}' needs the module '{name}', which is not installed" in done.stderr
    assert f"try: pip install 'recbox-track[{name}]'" in done.stderr
    assert done.stderr.count("the run goes on without it") == 1


@pytest.mark.parametrize("cls", ALL.values())
def test_each_has_a_place_of_its_own_by_default(cls: type[Tracker]) -> None:
    assert cls().where
    assert issubclass(cls, Tracker)
    assert Run("a", {}, 0, {}).seed == 0


def test_a_row_as_flat_numbers() -> None:
    row = {
        "stage": 1,
        "epoch": 4,
        "loss": 0.5,
        "lr": 0.1,
        "seconds": 2,
        "term": {"bpr": 0.4},
        "valid": {"x@1": 1},
    }
    assert plain.curves(row) == {"loss": 0.5, "lr": 0.1, "seconds": 2.0, "term/bpr": 0.4, "valid/x@1": 1.0}
    assert math.isnan(plain.curves({"loss": math.nan})["loss"])


def test_a_document_as_flat_numbers() -> None:
    document = {
        "test": {"ndcg@5": 0.1},
        "valid": {"ndcg@5": 0.2},
        "baseline": {"ease": {"test": {"ndcg@5": 0.3}}, "slim": {"left_out": "too long"}},
        "data": {"users": 5},
    }
    assert plain.final(document) == {"test/ndcg@5": 0.1, "chosen/ndcg@5": 0.2, "baseline/ease/ndcg@5": 0.3}
    assert plain.final({}) == {}


def test_a_recipe_as_texts() -> None:
    recipe = {"layer": [{"use": "gcn", "norm": None}], "k": [5, 10], "refit": True}
    assert plain.texts(recipe) == {
        "layer.0.use": "gcn",
        "layer.0.norm": "None",
        "k.0": "5",
        "k.1": "10",
        "refit": "True",
    }
