"""A comparison with trackers: each run that is trained is told, and what is found doesn't change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tracker_kit import SMALL, Heard, lines, tracker

import recbox
from recbox.errors import PluginError

NEAR = {k: v for k, v in SMALL.items() if k not in ("dim", "layer", "objective", "train")}
NEAR |= {"name": "near", "model": {"use": "item-knn"}}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def compare(**options: Any) -> Any:
    return recbox.compare(SMALL, NEAR, seeds=2, threads=1, device="cpu", kernel="torch", **options)


def test_each_run_that_is_trained_is_told(tmp_path: Path) -> None:
    heard = Heard()
    found = compare(track=["lines"], code=[tracker(tmp_path)], progress=heard)
    told = lines(tmp_path / "lines.jsonl")
    begun = [line for line in told if "begin" in line]
    assert [line["begin"][0] for line in begun] == ["small-seed-0", "small-seed-1", "near-seed-0"]
    assert [line["tried"] for line in begun] == [{"seed": 0}, {"seed": 1}, {"seed": 0}]
    assert {line["group"] for line in begun} == {"small-near-compare"}
    ends = [line["end"] for line in told if "end" in line]
    runs = [run for method in found.methods for run in method.runs]
    assert [(status, Path(folder)) for status, _, folder in ends] == [
        ("done", run.path.absolute()) for run in runs
    ]
    assert [metrics["test"] for _, metrics, _ in ends] == [run.metrics["test"] for run in runs]
    assert heard.of_trackers == []


def test_finished_runs_are_not_told_again(tmp_path: Path) -> None:
    compare(code=[tracker(tmp_path)])
    compare(track=["lines"], code=[tracker(tmp_path)])
    assert not (tmp_path / "lines.jsonl").exists()


def test_one_that_fails_changes_nothing(tmp_path: Path) -> None:
    heard = Heard()
    found = compare(track=["lines"], code=[tracker(tmp_path, epoch="1 / 0")], progress=heard)
    assert len(heard.of_trackers) == 1
    assert len(found.methods[0].runs) == 2 and len(found.pairs) == 1


def test_a_name_that_is_not_there_ends_it_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="there is no tracker 'linse'"):
        compare(track=["linse"], code=[tracker(tmp_path)])
    assert not (tmp_path / "runs").exists()
