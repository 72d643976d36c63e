"""Runs that are stopped: killed at random moments and resumed, interrupted by hand."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import recbox


def start(recipe: Path, out: Path, *args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "recbox", "run", str(recipe), "--out", str(out), "--threads", "1", *args]
    return subprocess.Popen(
        command, cwd=out.parent, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def finish(child: subprocess.Popen[str], timeout: float = 120) -> int:
    _, err = child.communicate(timeout=timeout)
    assert "Traceback" not in err, err
    return child.returncode


def weights(folder: Path) -> dict[str, bytes]:
    """All that was learned, as bytes; an artifact that can't be read raises."""
    recbox.load(folder).recommend(k=1)
    return {f.name: f.read_bytes() for f in folder.glob("*.safetensors")}


def course(folder: Path) -> list[object]:
    """Every epoch's losses and metrics, and the test's."""
    epochs = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    told = [{k: v for k, v in epoch.items() if k != "seconds"} for epoch in epochs]
    return [*told, json.loads((folder / "metrics.json").read_text())["test"]]


EPOCHS = 80
LENGTH = ("--set", f"train.epochs={EPOCHS}")


@pytest.fixture(scope="module")
def reference(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of a run that nobody disturbed."""
    out = tmp_path_factory.mktemp("reference") / "out"
    assert finish(start(small, out, *LENGTH)) == 0
    return out


def reached(checkpoint: Path) -> int:
    """Epochs that a checkpoint holds, from its header; -1 where there is none."""
    try:
        data = checkpoint.read_bytes()
    except FileNotFoundError:
        return -1
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    epoch: int = json.loads(header["__metadata__"]["recbox"])["state"]["epoch"]
    return epoch


def kill_and_resume(small: Path, reference: Path, folder: Path, epoch: int, delay: float) -> bool:
    """Kill `delay` seconds after `epoch`, resume, compare; whether there was a checkpoint to go on from."""
    out, checkpoint = folder / "out", folder / ".out.checkpoint" / "checkpoint.safetensors"
    child = start(small, out, *LENGTH)
    _wait_for(child, lambda: reached(checkpoint) >= epoch or out.exists())
    time.sleep(delay)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    resumable = reached(checkpoint) >= 0
    if not out.exists():  # else the kill came between the artifact's last step and the checkpoint's removal
        assert finish(start(small, out, "--resume", *LENGTH)) == 0
        assert sorted(f.name for f in folder.iterdir()) == ["ledger.jsonl", "out"], (
            "something was left behind"
        )
    assert weights(out) == weights(reference)
    assert course(out) == course(reference)
    return resumable


@pytest.mark.parametrize(("epoch", "delay"), [(3, 0.05), (EPOCHS // 2, 0.0)])
def test_a_killed_run_resumes_to_the_same_bits(
    small: Path, reference: Path, tmp_path: Path, epoch: int, delay: float
) -> None:
    kill_and_resume(small, reference, tmp_path, epoch, delay)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_runs_killed_at_25_random_moments(small: Path, reference: Path, tmp_path: Path) -> None:
    """From before the first epoch to after the last, where the artifact is written."""
    draw = random.Random(25)
    resumed = 0
    for number in range(25):
        folder = tmp_path / str(number)
        folder.mkdir()
        resumed += kill_and_resume(small, reference, folder, draw.randrange(-1, EPOCHS), draw.uniform(0, 0.3))
    assert resumed >= 10, "too few kills left a checkpoint to say anything"


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_and_sigterm_leave_the_best_epoch(
    small: Path, tmp_path: Path, sign: signal.Signals, code: int
) -> None:
    out = tmp_path / "out"
    child = start(small, out, "--set", "train.epochs=1000000")
    checkpoint = tmp_path / ".out.checkpoint" / "checkpoint.safetensors"
    _wait_for(child, checkpoint.exists)
    began = time.monotonic()
    child.send_signal(sign)
    assert finish(child, timeout=60) == code
    assert time.monotonic() - began < 20
    document = json.loads((out / "metrics.json").read_text())
    assert document["status"] == "interrupted"
    assert "test" not in document
    assert recbox.load(out).recommend("u1", 3).height == 3


def test_ctrl_c_before_the_first_epoch_leaves_nothing(small: Path, tmp_path: Path) -> None:
    if not Path("/proc/self/maps").exists():
        pytest.skip("needs /proc to see when torch is being imported")
    out = tmp_path / "out"
    child = start(small, out)
    maps = Path(f"/proc/{child.pid}/maps")
    _wait_for(child, lambda: "libtorch_cpu" in maps.read_text())
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    assert finish(child, timeout=30) == 130
    assert time.monotonic() - began < 5
    assert list(tmp_path.iterdir()) == []


def _wait_for(child: subprocess.Popen[str], condition: object) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert child.poll() is None, child.communicate()[1]
        assert time.monotonic() < deadline, "the run never got there"
        time.sleep(0.02)
