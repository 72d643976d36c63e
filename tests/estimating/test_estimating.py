"""Estimates: what they count is what the run does. What a second is, no test can say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recbox.api.run import run
from recbox.cli.front import call
from recbox.estimating import Estimate, Phase, estimate

RECIPE: dict[str, Any] = {
    "recbox": 1,
    "name": "toy",
    "dim": 8,
    "data": {"source": {"use": "synthetic", "users": 60, "items": 40, "interactions": 1200}},
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "objective": [{"use": "bpr"}],
    "train": {"epochs": 7, "batch": 128, "every": 2, "patience": 2},
    "evaluate": {
        "k": [5],
        "metric": [{"use": "ndcg"}],
        "select": "ndcg@5",
        "baseline": [{"use": "popularity"}, {"use": "item-knn"}],
    },
}


def changed(**blocks: Any) -> dict[str, Any]:
    """With some fields of blocks changed."""
    return {**RECIPE, **{name: {**RECIPE[name], **fields} for name, fields in blocks.items()}}


def times(found: Estimate) -> dict[str, tuple[int, int]]:
    return {p.name: (p.times if p.least is None else p.least, p.times) for p in found.phases}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_done_how_often(here: Path):
    """Epochs 2, 4, 6 and the last are validated. With patience 2 the first validation is the best one at the
    earliest, and two more end it. Baselines: one setting of popularity, 15 of item-knn."""
    found = estimate(RECIPE, threads=1, before=50.0)
    counted = times(found)
    assert counted["begin training"] == (1, 1)
    assert found.phases[0].name == "start" and found.phases[0].seconds > 50, (
        "libraries are loaded by a run too"
    )
    assert counted["epoch"] == (6, 7) and counted["validation"] == (3, 4)
    assert counted["fit popularity"] == counted["validate popularity"] == (1, 1)
    assert counted["fit item-knn"] == counted["validate item-knn"] == (15, 15)
    assert counted["test"] == counted["test item-knn"] == (1, 1)
    assert all(p.seconds >= 0 for p in found.phases)
    assert 0 < found.least_s <= found.most_s == sum(p.most_s for p in found.phases)
    assert list(here.iterdir()) == [], "nothing is written"


def test_what_ends_early_or_comes_again():
    without = times(estimate(changed(train={"patience": None}, evaluate={"baseline": []}), threads=1))
    assert without["epoch"] == (7, 7) and without["validation"] == (4, 4)
    again = times(estimate(changed(evaluate={"refit": True, "baseline": [{"use": "item-knn"}]}), threads=1))
    assert again["epoch"] == (7, 14), "the best epoch may be the first, or the last"
    assert again["build the method"] == (2, 2) and again["fit item-knn"] == (16, 16)


def test_stages_have_epochs_of_their_own():
    stages = [{"epochs": 3, "patience": None}, {"epochs": 5, "patience": None}]
    recipe = {**RECIPE, "train": {"stage": stages}}
    counted = times(estimate(recipe, threads=1))
    assert counted["epoch of stage 1"] == (3, 3) and counted["epoch of stage 2"] == (5, 5)


def test_a_method_that_is_fitted_at_once_has_no_epochs():
    recipe = {k: v for k, v in RECIPE.items() if k not in ("layer", "objective", "train", "dim")}
    recipe |= {"model": {"use": "ease"}, "evaluate": {**RECIPE["evaluate"], "baseline": []}}
    counted = times(estimate(recipe, threads=1))
    assert counted["fit"] == counted["validation"] == (1, 1) and "epoch" not in counted


def test_the_disk_is_that_of_the_artifact(here: Path):
    """But for the manifest and the report, which an estimate doesn't make."""
    found = estimate(RECIPE, threads=1)
    folder = run(RECIPE, threads=1, out=here / "a").folder
    made = ("manifest.json", "report.html", "README.md", "metrics.json", "history.jsonl")
    real = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file() and f.name not in made)
    assert found.disk == pytest.approx(real, rel=0.1, abs=4096)
    assert found.memory > 2**27 and found.room > found.memory
    numbers = 8 * (60 + 40)
    assert found.beside == pytest.approx(4 * 4 * numbers, rel=0.1), "weights twice, and two moments"


def test_a_baseline_that_wont_run_is_said():
    recipe = changed(evaluate={"baseline": [{"use": "ease"}, {"use": "popularity"}]})
    found = estimate(recipe, threads=1, memory=1e-6)
    assert "GiB" in found.left_out["ease"]
    assert "fit ease" not in times(found)


def test_sums():
    found = Estimate("x", [Phase("a", 2.0), Phase("b", 0.5, 10, 4), Phase("c", 1.0, 3, 0)], 1, 1, 1, 1)
    assert (found.least_s, found.most_s) == (4.0, 10.0)
    assert found.document()["phase"][2] == {"name": "c", "seconds": 1.0, "times": 3, "least": 0}


@pytest.fixture
def recbox(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*args: object) -> tuple[int, str, str]:
        code = call([str(a) for a in args])
        return code, *capsys.readouterr()

    return run


def test_on_the_command_line(recbox, here: Path):
    (here / "toy.yaml").write_text(json.dumps(RECIPE))
    code, out, _ = recbox("check", "toy.yaml", "--estimate", "--threads", 1)
    assert code == 0 and "ok" in out
    assert all(f"\n{line} " in out for line in ("phase", "time", "memory", "disk"))
    code, out, _ = recbox("check", "toy.yaml", "--estimate", "--threads", 1, "--json")
    told = json.loads(out)["estimate"]
    assert code == 0 and told["most_s"] >= told["least_s"] > 0 and told["disk_mib"] > 0
    code, _, err = recbox("check", "toy.yaml", "--threads", 1)
    assert code == 2 and "--threads is an option of --estimate" in err


def test_a_table_by_hand(capsys: pytest.CaptureFixture[str]):
    """What takes less than half a percent is added up; a range where validation may end training early."""
    from recbox.cli.estimating import show

    phases = [Phase("epoch", 10.0, 60, 6), Phase("test", 40.0), Phase("tiny", 0.5), Phase("small", 1.0)]
    show(Estimate("x", phases, 23 << 30, 5 << 20, 7 << 20, 24 << 30, left_out={"ease": "too large"}))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "epoch 10 s 6 to 60 10:00" in lines and "test 40 s 1 40 s" in lines
    assert "the rest 1.5 s" in lines and not any(line.startswith("tiny") for line in lines)
    assert "time at most 10:42; at least 1:42, where validation ends training early" in lines
    assert "disk 5 MiB for the artifact, and 7 MiB beside it while the run goes on" in lines
    assert (
        any("--scratch DIR" in line for line in lines) and lines[-1] == "baseline ease is left out: too large"
    )
