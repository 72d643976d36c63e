"""Killed at any moment, and with several processes at once: every trial is there, and there once."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from tuning_kit import alive, finish, kill, started, told, wait_for, written


def run_and_kill(folder: Path, times: int, *args: object, seed: int) -> None:
    """Kill -9 the search `times` times, each at some moment after it has written something."""
    draw = random.Random(seed)
    for _ in range(times):
        size = written(folder)
        process = started(folder, *args)
        wait_for(lambda size=size, process=process: written(folder) > size or process.poll() is not None)
        time.sleep(draw.random() * 0.3)
        kill(process)


def check_kills(folder: Path, times: int, trials: int) -> None:
    """After all kills the search ends with the trials of one that was never killed."""
    run_and_kill(folder, times, "--trials", trials, seed=times)
    found = finish(folder, "--trials", trials)
    (folder / "whole").mkdir()
    whole = finish(folder / "whole", "--trials", trials)
    (arm,), (other,) = found["arm"], whole["arm"]
    assert [trial["number"] for trial in arm["trial"]] == list(range(trials))
    assert {trial["state"] for trial in arm["trial"]} <= {"done", "pruned"}
    assert told(arm["trial"]) == told(other["trial"])
    journal = folder / "runs" / "small-tune" / "journal.log"
    assert sum(json.loads(line)["op_code"] == 4 for line in journal.read_bytes().splitlines()) == trials
    assert not [p for p in journal.parent.iterdir() if p.name.startswith(".owner")]


def test_killed_it_goes_on_with_no_trial_lost_or_doubled(tmp_path: Path) -> None:
    check_kills(tmp_path, times=3, trials=12)


@pytest.mark.soak
def test_killed_twenty_times_it_goes_on_with_no_trial_lost_or_doubled(tmp_path: Path) -> None:
    check_kills(tmp_path, times=20, trials=60)


@pytest.mark.soak
def test_killed_with_two_jobs_twenty_times(tmp_path: Path) -> None:
    run_and_kill(tmp_path, 20, "--trials", 80, "--jobs", 2, seed=2)
    (arm,) = finish(tmp_path, "--trials", 80, "--jobs", 2)["arm"]
    assert [trial["number"] for trial in arm["trial"]] == list(range(80))
    assert {trial["state"] for trial in arm["trial"]} <= {"done", "pruned"}
    assert len({json.dumps(trial["settings"]) for trial in arm["trial"]}) == 80


def owners(folder: Path) -> list[str]:
    """Who began each trial, in order."""
    lines = (folder / "runs" / "small-tune" / "journal.log").read_bytes().splitlines()
    begun = [entry for entry in map(json.loads, lines) if entry["op_code"] == 4]
    return [entry["user_attrs"]["owner"] for entry in begun]


def test_two_jobs_share_a_study(tmp_path: Path) -> None:
    started(tmp_path, "--trials", 12, "--jobs", 2).wait()
    (arm,) = finish(tmp_path, "--trials", 12)["arm"]
    assert [trial["state"] in ("done", "pruned") for trial in arm["trial"]] == [True] * 12
    assert len({json.dumps(trial["settings"]) for trial in arm["trial"]}) == 12
    assert len(owners(tmp_path)) == 12 and not alive(str(tmp_path))


def test_two_commands_share_a_study(tmp_path: Path) -> None:
    both = [started(tmp_path, "--trials", 16, "--no-prune") for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    (arm,) = finish(tmp_path, "--trials", 16, "--no-prune")["arm"]
    assert [trial["state"] for trial in arm["trial"]] == ["done"] * 16
    assert len({json.dumps(trial["settings"]) for trial in arm["trial"]}) == 16
    assert len(owners(tmp_path)) == 16


def test_the_jobs_of_a_killed_search_end_too(tmp_path: Path) -> None:
    process = started(tmp_path, "--trials", 5000, "--jobs", 3)
    wait_for(lambda: len(alive(str(tmp_path))) == 3 and written(tmp_path))
    kill(process)
    wait_for(lambda: not alive(str(tmp_path)), 60)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_ends_with_what_there_is(tmp_path: Path, number: signal.Signals, code: int) -> None:
    process = started(tmp_path, "--trials", 5000, "--json")
    wait_for(lambda: b'"state":1' in journal(tmp_path))
    process.send_signal(number)
    assert process.wait(60) == code
    said = (tmp_path / "said.txt").read_text()
    document = json.loads(said[said.index('{\n  "format"') :])
    assert document["status"] == "interrupted" and document["arm"][0]["best"] is not None
    folder = tmp_path / "runs" / "small-tune"
    assert "Interrupted" in (folder / "report.html").read_text() and (folder / "best.yaml").exists()
    done = len(document["arm"][0]["trial"])
    (arm,) = finish(tmp_path, "--trials", done)["arm"]
    assert len(arm["trial"]) == done and all(t["state"] in ("done", "pruned") for t in arm["trial"])


def journal(folder: Path) -> bytes:
    path = folder / "runs" / "small-tune" / "journal.log"
    return path.read_bytes() if path.exists() else b""


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    """A limit on the size of a file, as of a disk that is full; without it the search goes on."""
    process = started(tmp_path, "--trials", 60, limit=40)
    assert process.wait(200) == 2
    said = (tmp_path / "said.txt").read_text()
    assert f"{tmp_path}/runs/small-tune: can't write the study" in said and "Traceback" not in said
    before = journal(tmp_path)
    assert b'"state":1' in before
    (arm,) = finish(tmp_path, "--trials", 60)["arm"]
    assert journal(tmp_path).startswith(before[: before.rfind(b"\n") + 1])
    assert [trial["state"] in ("done", "pruned") for trial in arm["trial"]] == [True] * 60


def test_a_job_that_fails_leaves_its_trials_to_the_others(tmp_path: Path) -> None:
    """One that is killed costs nothing: the process that started it runs what was left."""
    process = started(tmp_path, "--trials", 5000, "--jobs", 2, "--no-prune")
    wait_for(lambda: len(set(_begun(tmp_path).values())) == 2)
    other = next(p for p in alive(str(tmp_path)) if p != process.pid)
    os.kill(other, signal.SIGKILL)
    wait_for(lambda: other not in alive(str(tmp_path)))
    last = max(_begun(tmp_path))
    wait_for(lambda: set(range(last + 1)) <= _ended(tmp_path))
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert "ended early" in (tmp_path / "said.txt").read_text()


def _entries(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal(folder).split(b"\n")[:-1]]


def _begun(folder: Path) -> dict[int, str]:
    """Who began each trial."""
    begun = [entry for entry in _entries(folder) if entry["op_code"] == 4]
    return {number: entry["user_attrs"]["owner"] for number, entry in enumerate(begun)}


def _ended(folder: Path) -> set[int]:
    return {entry["trial_id"] for entry in _entries(folder) if entry["op_code"] == 6 and entry["state"] == 1}
