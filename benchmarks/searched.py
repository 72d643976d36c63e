"""recbox's own commands from a benchmark: a search that goes on where it was stopped, and what is kept."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def searched(
    folder: Path, recipe: Path, method: str, trials: int, metrics: Sequence[str], shared: Sequence[str]
) -> Path:
    """The best recipe of `recbox tune`. What was chosen, and by how many trials and CPU seconds, is kept
    beside it; a study that is complete costs none."""
    study, kept = folder / "tune" / method, folder / f"{method}.json"
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {"count": {}, "cpu_s": 0.0}
    began = _cpu()
    tune = ["tune", str(recipe), "--trials", str(trials), "--out", str(study), "--json"]
    (arm,) = recbox(folder, *tune, *shared)["arm"]
    if sum(arm["count"].values()) > sum(known["count"].values()):
        best = next(trial for trial in arm["trial"] if trial["number"] == arm["best"])
        known = {
            "count": arm["count"],
            "cpu_s": round(known["cpu_s"] + _cpu() - began, 1),
            "valid": {metric: best["valid"][metric] for metric in metrics},
            "chosen": best["settings"],
            "search": arm["search"],
        }
        kept.write_text(json.dumps(known) + "\n", encoding="utf-8")
    return study / "best.yaml"


def kept(compared: dict[str, Any]) -> dict[str, Any]:
    """What is the same whenever and wherever it is run: without folders, seconds, and parts of the users."""
    methods = [
        {"name": m["name"], "draws": m["draws"], "seeds": len(m["run"]), "value": m["value"]}
        for m in compared["method"]
    ]
    words = ("metric", "one", "other", "difference", "interval", "test", "p", "holm", "verdict", "sentence")
    pairs = [{word: pair[word] for word in words} for pair in compared["pair"]]
    kernels = sorted({run["kernel"] for m in compared["method"] for run in m["run"]} - {"none"})
    data = {key: compared["data"][key] for key in ("source", "fingerprint", "split", "users", "items",
                                                   "interactions")}  # fmt: skip
    return {"data": data, "kernel": kernels, "correction": compared["correction"], "method": methods,
            "pair": pairs}  # fmt: skip


def recbox(folder: Path, *words: str) -> dict[str, Any]:
    """A recbox command's JSON; what it says on the way goes to the terminal."""
    print("$ recbox", *words, file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "recbox", *words], cwd=folder, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.returncode)
    return json.loads(done.stdout)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
