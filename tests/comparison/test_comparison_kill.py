"""A comparison that was killed with -9 goes on with the runs that it finished, and ends the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml
from comparison_recipes import graph, model

COMMAND = [sys.executable, "-m", "recbox", "compare", "graph.yaml", "ease.yaml"]
COMMAND += ["--seeds", "3", "--threads", "1", "--format", "json"]


def recipes(folder: Path) -> None:
    folder.mkdir()
    longer = graph(train={"epochs": 40, "batch": 64, "optimizer": {"by": "adam", "lr": 0.02}})
    for name, plain in (("graph", longer), ("ease", model("ease"))):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(plain))


def finished(folder: Path) -> list[str]:
    return sorted(f.parent.name for f in (folder / "runs").glob("[!.]*/manifest.json"))


def killed(folder: Path, runs: int) -> None:
    """Start it, and kill it once so many runs are finished, in the middle of the next."""
    process = subprocess.Popen(
        COMMAND, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    until = time.monotonic() + 240
    while len(finished(folder)) < runs and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was still at work"


def compared(folder: Path) -> tuple[dict[str, Any], str]:
    done = subprocess.run(COMMAND, cwd=folder, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    for method in document["method"]:
        for run in method["run"]:
            del run["seconds"]
    return document


def test_killed_twice_it_ends_the_same(tmp_path: Path) -> None:
    for name in ("whole", "torn"):
        recipes(tmp_path / name)
    whole, _ = compared(tmp_path / "whole")
    killed(tmp_path / "torn", 1)
    killed(tmp_path / "torn", 2)
    runs = tmp_path / "torn" / "runs"
    before = {f: (runs / f / "manifest.json").stat() for f in finished(tmp_path / "torn")}
    assert len(before) == 2
    torn, said = compared(tmp_path / "torn")
    assert "run 1 of 2: graph with seed 2" in said and "run 2 of 2: ease with seed 0" in said
    assert without_times(torn) == without_times(whole)
    for folder, stat in before.items():
        now = (runs / folder / "manifest.json").stat()
        assert (now.st_ino, now.st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)
    again, quiet = compared(tmp_path / "torn")
    assert "run 1" not in quiet and without_times(again) == torn
    left = [f.name for f in runs.iterdir()]
    assert sorted(left) == ["ease", "graph", "graph-2", "graph-3", "ledger.jsonl"]
