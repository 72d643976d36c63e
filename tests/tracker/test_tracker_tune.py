"""A search with trackers: each trial is a run of its own, and no tracker changes what is found."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tracker_kit import SMALL, Heard, lines, tracker

import recbox
from recbox.errors import DataError, PluginError

Told = list[dict[str, Any]]
LRS = [0.02, 0.03, 1.0e37, 0.04]
SEARCH = SMALL | {"search": {"train.optimizer.lr": LRS}}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def tune(recipe: Any = SEARCH, **options: Any) -> Any:
    return recbox.tune(recipe, threads=1, device="cpu", kernel="torch", by="grid", **options)


def runs(file: Path) -> dict[str, Told]:
    """What was told of each run, by its name."""
    found: dict[str, Told] = {}
    for line in lines(file):
        if "begin" in line:
            own = found.setdefault(line["begin"][0], [])
        own.append(line)
    return found


def rows(found: Any) -> list[Any]:
    """The trials, without their seconds."""
    return [(r.number, r.state, r.value, r.settings, r.valid) for arm in found.arms for r in arm.rows]


def test_each_trial_is_a_run_of_its_own(tmp_path: Path) -> None:
    heard = Heard()
    found = tune(track=["lines"], code=[tracker(tmp_path)], progress=heard)
    told = runs(tmp_path / "lines.jsonl")
    assert list(told) == [f"small-trial-{n}" for n in range(4)]
    for row, own in zip(found.arms[0].rows, told.values(), strict=True):
        _, recipe, seed, data = own[0]["begin"]
        assert recipe["train"]["optimizer"]["lr"] == row.settings["train.optimizer.lr"] == LRS[row.number]
        assert own[0]["tried"] == row.settings
        assert (own[0]["group"], seed, recipe["evaluate"]["refit"]) == ("small-tune", 0, False)
        assert "test" not in data["split"] and data["split"]["valid"] > 0
        status, metrics, folder = own[-1]["end"]
        assert (status, folder) == (row.state, "None")
        assert metrics.get("valid", {}) == row.valid and "test" not in metrics
    assert [len(own) for own in told.values()] == [5, 5, 2, 5]
    assert "diverged" in told["small-trial-2"][-1]["end"][1]["sentence"]
    assert [line["epoch"]["epoch"] for line in told["small-trial-0"][1:-1]] == [0, 1, 2]
    assert heard.of_trackers == []
    assert rows(found) == rows(tune(out="plain"))


def test_a_trial_that_is_pruned_ends_as_such(tmp_path: Path) -> None:
    lrs = [0.05, 0.06, 0.07, 0.08, 0.09, 1.0e-9]
    plan = SMALL | {"search": {"train.optimizer.lr": lrs}, "train": SMALL["train"] | {"epochs": 10}}
    found = tune(plan, track=["lines"], code=[tracker(tmp_path)])
    assert found.arms[0].rows[5].state == "pruned"
    last = runs(tmp_path / "lines.jsonl")["small-trial-5"]
    status, metrics, _ = last[-1]["end"]
    assert status == "pruned" and metrics["valid"]["ndcg@10"] == found.arms[0].rows[5].value
    assert 2 <= len(last) < 12


def test_arms_are_told_apart(tmp_path: Path) -> None:
    plan = SMALL | {"search": {"dim": [4, 8]}}
    plan["evaluate"] = SMALL["evaluate"] | {"baseline": ["popularity", "item-knn"]}
    found = tune(plan, track=["lines"], code=[tracker(tmp_path)], baseline=True, trials=2)
    told = runs(tmp_path / "lines.jsonl")
    names = [f"{arm.name}-trial-{row.number}" for arm in found.arms for row in arm.rows]
    assert sorted(told) == sorted(names) and len(names) == 5
    assert told["popularity-trial-0"][0]["tried"] == {}
    assert list(told["item-knn-trial-0"][0]["tried"]) == list(found.arms[2].spaces)


def test_values_that_dont_fit_together_are_a_run_that_failed(tmp_path: Path) -> None:
    """Each value fits the others as they stand, and 3 heads don't divide 8."""
    search = {"dim": [12, 8], "layer.0.heads": [4, 3]}
    plan = SMALL | {"dim": 12, "layer": [{"use": "gat", "heads": 4}], "search": search}
    tune(plan, track=["lines"], code=[tracker(tmp_path)])
    told = runs(tmp_path / "lines.jsonl")
    assert [own[-1]["end"][0] for own in told.values()] == ["done", "done", "done", "failed"]
    last = told["small-trial-3"]
    assert (last[0]["begin"][1]["dim"], last[0]["tried"]["layer.0.heads"]) == (8, 3)
    assert "3 heads don't divide dim 8" in last[-1]["end"][1]["sentence"]


@pytest.mark.parametrize("when", ["begin", "epoch", "end"])
def test_one_that_fails_is_left_out_of_all_trials_with_one_notice(when: str, tmp_path: Path) -> None:
    heard = Heard()
    found = tune(track=["lines"], code=[tracker(tmp_path, **{when: "1 / 0"})], progress=heard)
    assert len(heard.of_trackers) == 1 and f"fails in `{when}`" in heard.of_trackers[0]
    assert rows(found) == rows(tune(out="plain"))


def test_a_name_that_is_not_there_ends_it_before_data_is_read(tmp_path: Path) -> None:
    absent = SEARCH | {
        "data": {"source": {"use": "lightgcn", "folder": "nowhere"}, "split": {"by": "user-random"}}
    }
    with pytest.raises(PluginError, match="there is no tracker 'linse'"):
        tune(absent, track=["linse"], code=[tracker(tmp_path)])
    with pytest.raises(DataError):
        tune(absent, track=["lines"], code=[tracker(tmp_path)])
    assert not (tmp_path / "lines.jsonl").exists() and not (tmp_path / "runs").exists()


def test_what_is_kept_is_not_told_again(tmp_path: Path) -> None:
    code = [tracker(tmp_path)]
    tune(track=["lines"], code=code)
    before = (tmp_path / "lines.jsonl").read_text()
    tune(track=["lines"], code=code)
    assert (tmp_path / "lines.jsonl").read_text() == before


def test_further_processes_tell_their_trials_too(tmp_path: Path) -> None:
    code = [tracker(tmp_path)]
    plan = SMALL | {"search": {"dim": list(range(2, 22))}, "train": SMALL["train"] | {"epochs": 12}}
    found = tune(plan, track=["lines"], code=code, jobs=2, prune=False)
    told = [line["begin"][0] for line in lines(tmp_path / "lines.jsonl") if "begin" in line]
    assert sorted(told) == sorted(f"small-trial-{n}" for n in range(20))
    assert {row.state for row in found.arms[0].rows} == {"done"}


def _started(tmp_path: Path) -> subprocess.Popen[str]:
    """A search whose first trial is short, and whose second has no end; epochs of both have been told."""
    plan = SMALL | {"search": {"train.epochs": [1, 100_000]}}
    (tmp_path / "r.yaml").write_text(json.dumps(plan | {"train": {"batch": 256, "patience": None}}))
    command = [sys.executable, "-m", "recbox", "tune", tmp_path / "r.yaml", "--track", "lines"]
    child = subprocess.Popen(
        [*map(str, command), "--code", str(tracker(tmp_path)), "--by", "grid", "--threads", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    file = tmp_path / "lines.jsonl"
    _until(lambda: file.exists() and len(lines(file)) > 5)
    return child


def _until(true: Callable[[], bool], limit: float = 90) -> None:
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("how", "code", "status"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGKILL, -9, "failed")]
)
def test_the_trial_that_runs_is_ended_too(
    how: signal.Signals, code: int, status: str, tmp_path: Path
) -> None:
    child = _started(tmp_path)
    os.killpg(child.pid, how)
    _, said = child.communicate(timeout=60)
    assert child.returncode == code, said
    _until(lambda: "end" in lines(tmp_path / "lines.jsonl")[-1], 30)
    ends = [line["end"][0] for line in lines(tmp_path / "lines.jsonl") if "end" in line]
    assert ends == ["done", status]
    assert "the tracker" not in said
