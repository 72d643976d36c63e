"""A trained model from a recipe to an artifact: all that graph recipes have in training, it has too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recbox
from recbox.api.check import check
from recbox.api.training import model_course
from recbox.context import Context
from recbox.errors import UnsupportedError
from recbox.recipe.recipe import Part
from recbox.recipe.trained import course_of
from recbox.registry import Registry
from recbox.train import fit
from tests.stopping import Stopping

CODE = Path(__file__).with_name("api_learner.py")
SMALL = {
    "recbox": 1,
    "name": "small",
    "data": {
        "source": {"use": "synthetic", "users": 60, "items": 50, "interactions": 900},
        "split": {"by": "user-time"},
    },
    "model": {"use": "pairwise"},
    "evaluate": {"k": [5, 10], "select": "ndcg@10", "baseline": ["popularity"]},
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(recipe: Any = SMALL, **options: Any) -> Any:
    return recbox.run(recipe, threads=1, code=[CODE], **options)


def history(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return run(out=tmp_path_factory.mktemp("run") / "a")


def test_each_epoch_is_in_the_history_and_the_best_is_kept(outcome: Any) -> None:
    rows = history(outcome.folder)
    assert [row["epoch"] for row in rows] == list(range(len(rows)))
    assert set(rows[0]["term"]) == {"pairwise"}
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert outcome.metrics["valid"] == max(rows, key=lambda row: row["valid"]["ndcg@10"])["valid"]
    assert "<svg" in (outcome.folder / "report.html").read_text()


def test_what_is_loaded_measures_the_same(outcome: Any) -> None:
    assert recbox.load(outcome.folder, code=[CODE]).evaluate() == outcome.metrics["test"]


def test_it_is_verified_with_its_epoch(outcome: Any) -> None:
    found = recbox.verify(outcome.folder, code=[CODE])
    row = next(check for check in found.checks if check.name == "chosen epoch")
    assert row.state == "holds"
    assert found.holds, found


def test_it_repeats(outcome: Any) -> None:
    assert run().metrics["test"] == outcome.metrics["test"]


def test_a_refit_has_as_many_epochs_as_validation_found_best(outcome: Any) -> None:
    again = run({**SMALL, "evaluate": {**SMALL["evaluate"], "refit": True}})
    assert again.metrics["valid"] == outcome.metrics["valid"]
    fitted, rows = recbox.load(again.folder, code=[CODE]), history(again.folder)
    best = max(range(len(rows)), key=lambda n: rows[n]["valid"]["ndcg@10"]) + 1
    split = fitted.artifact.split
    both = fitted.dataset.take(np.sort(np.concatenate([split.train, split.valid])))
    part = Part("model", "pairwise", Registry([CODE]).load("model", "pairwise")())
    course = model_course(part, both, Context(threads=1), "ndcg@10", False, course_of(part.options))
    fit(course, None, stop=best)
    assert np.array_equal(course.scorer().block(np.arange(60)), fitted.scorer.block(np.arange(60)))


def test_interrupted_and_resumed_it_ends_the_same(outcome: Any, tmp_path: Path) -> None:
    stopped = run(out=tmp_path / "b", progress=Stopping(14))
    assert stopped.status == "interrupted"
    assert 1 <= len(history(stopped.folder)) < len(history(outcome.folder))
    resumed = run(out=tmp_path / "b", resume=True)
    assert resumed.metrics["test"] == outcome.metrics["test"]
    stored = [recbox.load(o.folder, code=[CODE]).scorer.block(np.arange(60)) for o in (resumed, outcome)]
    assert np.array_equal(*stored)


def test_as_a_baseline_its_grid_is_tried(outcome: Any) -> None:
    recipe = {**SMALL, "model": {"use": "ease"}, "evaluate": {**SMALL["evaluate"], "baseline": ["pairwise"]}}
    row = run(recipe).metrics["baseline"]["pairwise"]
    assert (row["trials"], row["grid"], row["tuned"]) == (2, 2, True)
    if row["options"]["dim"] == 8:  # as the recipe above has it
        assert row["test"] == outcome.metrics["test"]
    assert row["valid"]["ndcg@10"] >= outcome.metrics["valid"]["ndcg@10"]


def test_a_baseline_with_its_options_given_is_the_recipes_method(outcome: Any) -> None:
    """The same course, batches and first values: as the recipe's own method it reached the same."""
    baseline = [{"use": "pairwise", "dim": 8}]
    recipe = {**SMALL, "model": {"use": "ease"}, "evaluate": {**SMALL["evaluate"], "baseline": baseline}}
    row = run(recipe).metrics["baseline"]["pairwise"]
    assert row["test"] == outcome.metrics["test"]
    assert row["valid"] == outcome.metrics["valid"]


def test_a_baseline_is_fitted_again_with_refit() -> None:
    refit = {**SMALL["evaluate"], "refit": True}
    own = run({**SMALL, "evaluate": refit}).metrics["test"]
    baseline = {**refit, "baseline": [{"use": "pairwise", "dim": 8}]}
    row = run({**SMALL, "model": {"use": "ease"}, "evaluate": baseline}).metrics["baseline"]["pairwise"]
    assert row["test"] == pytest.approx(own)


def test_check_says_how_it_is_trained() -> None:
    lines = dict(check(SMALL, code=[CODE]).lines)
    assert lines["train"] == "at most 6 epochs of batches of 128, adam at 0.05"


def test_fit_is_refused_with_what_to_do() -> None:
    model = Registry([CODE]).load("model", "pairwise")()
    with pytest.raises(UnsupportedError, match="trained in recbox's loop"):
        model.fit(None)
