"""The cache with several runs at it, and its size."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from cache_made import Heard, files, rows, vectors
from recbox_text import _cache

HERE = Path(__file__).parent


def test_what_was_used_longest_ago_goes_first(
    models: dict[str, Path], cache: Path, monkeypatch: pytest.MonkeyPatch, encoded: list[str]
) -> None:
    """Three files, then a limit of two and a bit; the one that is held by a run stays."""
    for i, length in enumerate((10, 11, 12)):
        vectors(models["bert"], max_length=length)
        os.utime(max(files(cache), key=lambda f: f.stat().st_mtime), (i, i))
    old = sorted(files(cache), key=lambda f: f.stat().st_mtime)
    monkeypatch.setattr(_cache, "LIMIT", int(2.5 * old[0].stat().st_size))
    with old[1].with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        vectors(models["bert"], max_length=13)
    assert [f.exists() for f in old] == [False, True, False]
    assert len(files(cache)) == 2
    encoded.clear()
    vectors(models["bert"], max_length=11)
    vectors(models["bert"], max_length=13)
    assert not encoded


def start(model: Path, out: Path) -> subprocess.Popen[str]:
    """It waits after each part, until its input ends."""
    command = [sys.executable, str(HERE / "text_encode.py"), str(model), "200", str(out)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE)


def test_two_runs_share_the_work_and_a_killed_one_lets_go(
    models: dict[str, Path], tmp_path: Path, cache: Path, encoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process does two parts; this one waits for it, and does the rest once that is killed."""
    other, titles, heard = (
        start(models["bert"], tmp_path / "never.npy"),
        [f"film {i}" for i in range(200)],
        Heard(),
    )
    assert other.stdin is not None and other.stdout is not None
    assert other.stdout.readline() == "32\n", "the first part is done"
    found: list[np.ndarray] = []
    own = threading.Thread(target=lambda: found.append(vectors(models["bert"], titles, heard)))
    own.start()
    while not heard.notices:
        time.sleep(0.01)
    assert heard.notices == ["another run is encoding with the same model; waiting for it"]
    other.stdin.write("\n")
    other.stdin.flush()
    assert other.stdout.readline() == "32\n", "the second part is done"
    assert not encoded
    other.kill()
    other.communicate()
    own.join(timeout=120)
    assert len(encoded) == 200 - 64
    assert [rows(file) for file in files(cache)] == [200]
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "other"))
    np.testing.assert_array_equal(found[0], vectors(models["bert"], titles))


def test_a_run_that_finds_all_waits_for_nobody(models: dict[str, Path], cache: Path) -> None:
    expected = vectors(models["bert"])
    with files(cache)[0].with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        np.testing.assert_array_equal(vectors(models["bert"]), expected)
