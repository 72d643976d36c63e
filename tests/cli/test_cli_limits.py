"""Places that can't be written to, a network that isn't there: exit 2, a way out, nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Recbox = Callable[..., Any]
QUICK = ("--set", "train.epochs=1", "--threads", "1")


def mounted(folder: Path, options: str) -> Iterator[Path]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(command, check=False).returncode:
        pytest.skip("needs root and the right to mount a tmpfs")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    yield from mounted(tmp_path / "ro", "ro,size=1m")


@pytest.fixture(params=["8k", "60k"])
def full(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    yield from mounted(tmp_path / "full", f"size={request.param}")


def test_a_read_only_folder(recbox: Recbox, small: Path, read_only: Path) -> None:
    done = recbox("run", small, "--out", read_only / "out", *QUICK)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "Read-only file system" in done.err or "read-only" in done.err.lower()
    assert list(read_only.iterdir()) == []


@pytest.mark.parametrize("method", [("--set", "dim=64"), ()])
def test_a_full_disk(recbox: Recbox, small: Path, full: Path, method: tuple[str, ...]) -> None:
    done = recbox("run", small, "--out", full / "out", *QUICK, *method)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "space" in done.err
    whole = full / ".out.checkpoint" / "checkpoint.safetensors"  # with it the run can be resumed
    left = [
        f for f in full.rglob("*") if f.is_file() and f.name not in ("lock", "ledger.jsonl") and f != whole
    ]
    assert left == []
    assert not (full / "out").exists()


@pytest.mark.parametrize("what", ["folder", "file", "link"])
def test_something_in_the_way_is_never_written_over(
    recbox: Recbox, small: Path, tmp_path: Path, what: str
) -> None:
    out = tmp_path / "out"
    if what == "folder":
        out.mkdir()
        (out / "mine").write_text("x")
    elif what == "file":
        out.write_text("x")
    else:
        out.symlink_to(tmp_path / "elsewhere")
    done = recbox("run", small, "--out", out, *QUICK)
    assert done.code == 2
    assert str(out) in done.err
    assert out.is_symlink() or (out / "mine" if what == "folder" else out).read_text() == "x"


@pytest.fixture
def no_network(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A recbox process in a network namespace that has no way out, with no data at hand."""
    wrap = ["unshare", "-rn"]
    if shutil.which("unshare") is None or subprocess.run([*wrap, "true"], check=False).returncode:
        pytest.skip("needs the right to make a network namespace")
    env = {k: v for k, v in os.environ.items() if k not in ("RECBOX_DATA", "RECBOX_CACHE")}
    env |= {"RECBOX_CACHE": str(tmp_path / "cache")}

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = [*wrap, sys.executable, "-m", "recbox", *args]
        return subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=200, check=False
        )

    return run


EASE = """
recbox: 1
name: ease
data: {source: {use: movielens-100k}, fallback: synthetic}
model: {use: ease}
evaluate: {k: [10], metric: [ndcg], select: ndcg@10, baseline: []}
"""


@pytest.fixture
def ease(tmp_path: Path) -> str:
    (tmp_path / "ease.yaml").write_text(EASE)
    return "ease.yaml"


def test_without_network_a_stand_in_is_unmistakable(no_network: Any, ease: str, tmp_path: Path) -> None:
    done = no_network("run", ease, "--json")
    assert done.returncode == 0, done.stderr
    assert "ATTENTION" in done.stderr
    document = json.loads(done.stdout)
    assert document["data"]["synthetic"] is True
    assert any(w["code"] == "synthetic" for w in document["warning"])
    report = (tmp_path / document["artifact"] / "report.html").read_text()
    assert "synthetic" in report.lower()


@pytest.mark.parametrize("offline", [(), ("--offline",)])
def test_without_network_and_stand_in_it_says_where_data_belongs(
    no_network: Any, ease: str, offline: tuple[str, ...]
) -> None:
    done = no_network("run", ease, "--json", "--set", "data.fallback=none", *offline)
    assert (done.returncode, done.stdout) == (2, "")
    assert "ml-100k/u.data" in done.stderr
    assert "Traceback" not in done.stderr
