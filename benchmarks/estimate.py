"""Estimates beside the runs that they are of: `recbox check --estimate`, then `recbox run`, in processes.

    python benchmarks/estimate.py RECIPE… [--set K=V]… [--threads N]

A run may end early. So the time that was foreseen is that of as many epochs and validations as it had.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from recbox.artifact import open_artifact


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipes", nargs="+", metavar="RECIPE")
    parser.add_argument("--set", dest="sets", action="append", default=[], metavar="K=V")
    parser.add_argument("--threads", default=str(len(os.sched_getaffinity(0))))
    asked = parser.parse_args()
    print("| recipe | | time, s | memory, MiB | artifact, MiB | the estimate took, s |")
    print("| --- | --- | --- | --- | --- | --- |")
    for recipe in asked.recipes:
        options = ["--threads", asked.threads, *(part for pair in asked.sets for part in ("--set", pair))]
        began = time.perf_counter()
        told = json.loads(recbox("check", recipe, "--estimate", "--json", *options)[0])["estimate"]
        taken = time.perf_counter() - began
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            _, peak = recbox("run", recipe, "--out", f"{folder}/run", *options)
            seconds = time.perf_counter() - began
            size = sum(f.stat().st_size for f in Path(folder, "run").rglob("*") if f.is_file()) / 2**20
            foreseen = scaled(told, open_artifact(Path(folder, "run")).history)
        first = (foreseen, told["memory_mib"], told["disk_mib"])
        print(f"| {recipe} | estimate | {first[0]:.0f} | {first[1]:.0f} | {first[2]:.1f} | {taken:.0f} |")
        print(f"| | run | {seconds:.0f} | {peak:.0f} | {size:.1f} | |")
        ratios = (a / b for a, b in zip(first, (seconds, peak, size)))
        print(f"| | ratio | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} | |", flush=True)


def scaled(told: dict[str, Any], history: list[dict[str, Any]]) -> float:
    """Seconds of the phases, with the epochs and validations that the run had."""
    had = {"epoch": len(history), "validation": sum("valid" in row for row in history)}
    return sum(p["seconds"] * had.get(p["name"], p["times"]) for p in told["phase"])


def recbox(*command: str) -> tuple[str, float]:
    """What a command prints, and its peak in MiB."""
    process = subprocess.Popen(
        [sys.executable, "-m", "recbox", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    text = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"recbox {' '.join(command)} failed")
    return text, used.ru_maxrss / 2**10


if __name__ == "__main__":
    main()
