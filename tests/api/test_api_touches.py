"""Each look at a test part leaves a line in the ledger beside the runs, and never fails a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import recbox
from recbox.api.touching import recipe_hash, said
from recbox.context import Context
from recbox.ledger import read
from recbox.progress import Progress, Silent, Task
from recbox.recipe import load, written
from recbox.registry import Registry

RECIPE: dict[str, Any] = {
    "recbox": 1,
    "name": "tiny",
    "data": {"source": {"use": "synthetic", "users": 40, "items": 30, "interactions": 500}},
    "model": {"use": "popularity"},
    "evaluate": {"k": [5], "metric": ["recall", "ndcg"], "baseline": []},
}


class Told(Progress):
    """Keeps the notices."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def open(self, title: str, total: float | None, unit: str) -> Task:
        return Silent().open(title, total, unit)

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        self.notices.append(message)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECBOX_LEDGER", raising=False)
    return tmp_path


def run(recipe: dict[str, Any] = RECIPE, **options: Any) -> Any:
    return recbox.run(recipe, threads=1, **options)


def test_runs_and_evaluations_of_one_split_are_counted() -> None:
    first = run()
    again = run(sets=["model.use=item-knn", "name=other"])
    fitted = recbox.load(first.folder)
    values = fitted.evaluate()
    chain = read(Path("runs/ledger.jsonl"))
    assert not chain.faults
    assert [line.touch.by for line in chain.lines] == ["run", "run", "eval"]
    assert [line.touch.name for line in chain.lines] == ["tiny", "other", "tiny"]
    assert [o["times"] for o in (first.metrics["ledger"], again.metrics["ledger"], fitted.touches)] == [
        1,
        2,
        3,
    ]
    assert fitted.touches["recipes"] == 2
    assert chain.lines[2].touch.value == values["ndcg@5"] == chain.lines[0].touch.value


def test_the_artifact_has_the_lines_index_and_hash_and_the_line_its_fingerprints() -> None:
    run()
    outcome = run(seed=3)
    stored = json.loads((outcome.folder / "metrics.json").read_text())["ledger"]
    line = read(Path("runs/ledger.jsonl")).at(stored["index"])
    assert line is not None and line.hash == stored["hash"] and line.touch.seed == 3
    manifest = recbox.load(outcome.folder).artifact.manifest
    assert (line.touch.data, line.touch.split) == (manifest.data.fingerprint, manifest.split.fingerprint)


def test_the_recipes_hash_is_that_of_the_recipe_that_the_artifact_holds() -> None:
    outcomes = (
        run(),
        run(seed=1, sets=["name=renamed"]),
        run(sets=["evaluate.k=[7]", "evaluate.select=ndcg@7"]),
    )
    lines = read(Path("runs/ledger.jsonl")).lines
    for line, outcome in zip(lines, outcomes, strict=True):
        path = outcome.folder / "recipe.yaml"
        recipe = load(path, registry=Registry(), context=Context())
        assert recipe_hash(recipe.resolved) == recipe_hash(written(path.read_text())) == line.touch.recipe
    assert lines[0].touch.recipe == lines[1].touch.recipe != lines[2].touch.recipe


def test_the_ledger_lies_beside_the_artifact_or_where_the_environment_says(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(out="elsewhere/deep/one")
    assert len(read(here / "elsewhere" / "deep" / "ledger.jsonl").lines) == 1
    monkeypatch.setenv("RECBOX_LEDGER", str(here / "ours" / "all.jsonl"))
    run(out="elsewhere/two")
    assert len(read(here / "ours" / "all.jsonl").lines) == 1
    assert not (here / "elsewhere" / "ledger.jsonl").exists()


def test_a_ledger_that_cannot_be_written_is_told_of_and_fails_nothing(here: Path) -> None:
    (here / "runs" / "ledger.jsonl").mkdir(parents=True)
    told = Told()
    outcome = run(progress=told)
    assert outcome.status == "done" and "ledger" not in outcome.metrics
    assert any("ledger can't be written" in notice for notice in told.notices)
    assert recbox.load(outcome.folder).evaluate() == outcome.metrics["test"]


def test_an_unfinished_line_is_removed_and_told_of(here: Path) -> None:
    run()
    with open("runs/ledger.jsonl", "ab") as file:
        file.write(b'{"index":1,"time":"20')
    told = Told()
    assert run(progress=told).metrics["ledger"]["index"] == 1
    assert any("unfinished" in notice for notice in told.notices)


def test_a_count_from_a_broken_ledger_says_so(here: Path) -> None:
    for _ in range(3):
        run()
    ledger = Path("runs/ledger.jsonl")
    ledger.write_bytes(b"".join(ledger.read_bytes().splitlines(keepends=True)[1:]))
    told = Told()
    outcome = run(progress=told)
    assert any("count of looks at the test can't be relied on" in notice for notice in told.notices)
    assert outcome.metrics["ledger"]["broken"] is True
    assert "the chain of the ledger is broken" in said(outcome.metrics["ledger"])


def test_an_interrupted_run_looked_at_nothing(here: Path) -> None:
    class Stop(Told):
        def open(self, title: str, total: float | None, unit: str) -> Task:
            if title.startswith("Baseline"):
                raise KeyboardInterrupt
            return super().open(title, total, unit)

    outcome = run(sets=["evaluate.baseline=[popularity]"], progress=Stop())
    assert outcome.status == "interrupted"
    assert not (here / "runs" / "ledger.jsonl").exists()
