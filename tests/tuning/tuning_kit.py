"""Searches of a recipe that trains in a blink, in this process or in one of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

GRAPH: dict[str, Any] = {
    "recbox": 1,
    "name": "small",
    "dim": 8,
    "data": {"source": {"use": "synthetic", "users": 60, "items": 30, "interactions": 900}},
    "layer": [{"use": "lightgcn"}],
    "train": {"epochs": 3, "batch": 256, "patience": None, "optimizer": {"lr": 0.02}},
    "evaluate": {"k": [5], "metric": ["recall", "ndcg"], "select": "ndcg@5", "baseline": ["item-knn"]},
}
MODEL = {k: GRAPH[k] for k in ("recbox", "data", "evaluate")} | {"name": "near", "model": {"use": "item-knn"}}
LR = {"by": "log", "low": 1e-3, "high": 1e-1}
SEARCH = {"train.optimizer.lr": LR, "dim": [4, 8, 16]}


def with_search(search: Mapping[str, Any], **change: Any) -> dict[str, Any]:
    return GRAPH | change | {"search": dict(search)}


def settings(arm: Any) -> list[dict[str, Any]]:
    return [row.settings for row in arm.rows]


def started(folder: Path, *args: object, limit: int = 0) -> subprocess.Popen[bytes]:
    """`recbox tune small.yaml ...` in `folder`, in a session of its own. limit: KiB of the largest file."""
    _lay(folder)
    command = [sys.executable, "-m", "recbox", "tune", "small.yaml", "--threads", "1", *map(str, args)]
    if limit:
        command = ["bash", "-c", f'ulimit -f {limit}; exec "$@"', "-", *command]
    with (folder / "said.txt").open("ab") as said:
        return subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, start_new_session=True)


def _lay(folder: Path) -> None:
    recipe = with_search(SEARCH, train=GRAPH["train"] | {"epochs": 8})
    (folder / "small.yaml").write_text(json.dumps(recipe))


def written(folder: Path) -> int:
    """Bytes in the journal."""
    path = folder / "runs" / "small-tune" / "journal.log"
    return path.stat().st_size if path.exists() else 0


def wait_for(condition: Any, seconds: float = 100) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def finish(folder: Path, *args: object) -> dict[str, Any]:
    """The same command to its end; its JSON document."""
    _lay(folder)
    words = ["tune", "small.yaml", "--threads", "1", "--json", *map(str, args)]
    command = [sys.executable, "-m", "recbox", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def told(trials: list[dict[str, Any]]) -> list[Any]:
    """Trials without the seconds that they took."""
    return [{key: value for key, value in trial.items() if key != "seconds"} for trial in trials]


def alive(pattern: str) -> list[int]:
    """Other processes whose folder's path holds `pattern`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                folder = os.readlink(entry / "cwd")
            except OSError:
                continue
            if pattern in folder:
                found.append(int(entry.name))
    return found
