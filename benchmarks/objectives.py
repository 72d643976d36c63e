"""What objectives cost beside plain LightGCN: `python benchmarks/objectives.py --data-dir DIR [--page FILE]`.

Gowalla in the split of LightGCN's paper; LightGCN, three layers, d = 64, batches of 2,048, BPR and L2, alone
and with each self-supervised term. All of them take turns in one process, a few steps each round, and each
with its own parameters; an epoch is its opening (what is done once an epoch, views of an epoch and k-means
among it, and the first step) and as many steps as it has more. Memory is the peak of a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from output_block import told

from recbox.api.reading import Job, read
from recbox.api.setting import on_device, settle
from recbox.bench.machine import machine
from recbox.bench.peer.protocol import peak_mib
from recbox.bench.timing import take_turns
from recbox.bench.trainee import Trainee
from recbox.context import Context
from recbox.data import Dataset

PLAIN = [{"use": "bpr"}, {"use": "l2", "weight": 1e-4}]
SSL: dict[str, Any] = {
    "edge-dropout-contrast": {},
    "edge-dropout-contrast, resample: step": {"resample": "step"},
    "edge-dropout-contrast, by: node": {"by": "node"},
    "edge-dropout-contrast, by: walk": {"by": "walk"},
    "noise-contrast": {},
    "noise-contrast, layer: 1": {"layer": 1},
    "svd-contrast": {},
    "neighbour-contrast": {"warmup": 0},
    "masked-edge": {},
    "masked-attribute, of: vectors": {"of": "vectors"},
    "text-alignment": {},
    "text-alignment, by: generative": {"by": "generative"},
}
ALONE = {"alignment-uniformity": {}}
"""What stands in the place of BPR."""
NAMES = ("bpr", *SSL, *ALONE)
GOALS = {"noise-contrast, layer: 1": 1.3, "edge-dropout-contrast": 3.2}
TEXT_WIDTH = 384
"""Of made vectors that stand for those of texts."""


def main() -> None:
    """Time all, and print or write the page; with `--memory NAME` one alone, for its peak."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, action="append", default=[])
    parser.add_argument("--kernel", default="auto")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeat", type=int, default=7, help="rounds")
    parser.add_argument("--steps", type=int, default=5, help="steps in a round")
    parser.add_argument(
        "--only", nargs="+", choices=NAMES, default=list(NAMES), metavar="NAME", help="beside bpr"
    )
    parser.add_argument("--page", type=Path)
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.told = told(parser, asked, "kernel", "threads", "repeat", "steps", "only")
    asked.only = ["bpr", *(name for name in asked.only if name != "bpr")]
    with tempfile.TemporaryDirectory() as folder:
        place = Place(asked, Path(folder))
        if asked.memory:
            sys.stdout.write(json.dumps(peak(asked.memory, place)))
            return
        text = "\n".join(page(asked, place)) + "\n"
    if asked.page:
        asked.page.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


@dataclass
class Place:
    """Where the data is, and the folder for made vectors."""

    asked: argparse.Namespace
    folder: Path
    job: Job | None = None
    made: dict[str, str] = field(default_factory=dict)

    def read(self) -> tuple[Job, Dataset, Context]:
        """The data, read once; as what it is trained on."""
        if self.job is None:
            setting = self.setting(PLAIN)
            self.job = read(setting, on_device(setting, "auto"))
        return self.job, self.job.dataset.take(self.job.split.train), self.job.context

    def setting(self, objective: list[Any]) -> Any:
        """A recipe with these terms."""
        recipe = {
            "recbox": 1,
            "name": "objectives",
            "data": {
                "source": {"use": "lightgcn", "folder": "gowalla"},
                "fallback": "synthetic",
                "split": {"by": "given", "valid": 0.05},
            },
            "layer": [{"use": "lightgcn", "repeat": 3}],
            "objective": objective,
            "train": {"batch": 2048, "precision": "fp32"},
        }
        asked = self.asked
        return settle(recipe, data_dir=asked.data_dir, threads=asked.threads, kernel=asked.kernel)

    def vectors(self) -> dict[str, str]:
        """An encoder of items that reads made vectors from a file."""
        if not self.made:
            items = self.read()[0].dataset.item.ids.to_list()
            made = np.random.default_rng(0).standard_normal((len(items), TEXT_WIDTH), np.float32)
            np.save(self.folder / "vectors.npy", made)
            (self.folder / "ids.txt").write_text("\n".join(map(str, items)), encoding="utf-8")
            found = {"file": str(self.folder / "vectors.npy"), "ids": str(self.folder / "ids.txt")}
            self.made = {"use": "vectors", **found}
        return self.made


def running(name: str, place: Place) -> Trainee:
    """One method in training."""
    _, train, context = place.read()
    use = name.partition(",")[0]
    terms = [*PLAIN, {"use": use, "weight": 0.1, **SSL[name]}] if name in SSL else [*PLAIN]
    if name in ALONE:
        terms = [{"use": use, **ALONE[name]}]
    if use == "text-alignment":
        terms[-1]["item"] = place.vectors()
    return Trainee(place.setting(terms).recipe, train, context)


def page(asked: argparse.Namespace, place: Place) -> Iterator[str]:
    """The lines of the page."""
    trained = {name: running(name, place) for name in asked.only}
    calls: dict[str, Any] = {}
    for name, one in trained.items():
        calls[f"{name} opens"] = one.opens
        calls[name] = lambda one=one: one.steps(asked.steps)
    timed = take_turns(calls, asked.repeat)
    job, train, context = place.read()
    first = asked.only[0]
    size = f"{len(train.interaction):,} training interactions, {trained[first].length} steps an epoch"
    made = " (made data of its shape)" if job.dataset.synthetic else ""
    yield "# What an objective costs\n"
    yield (
        f"`python benchmarks/objectives.py --data-dir DIR{asked.told} --page "
        f"benchmarks/results/objectives.md`, kernel {context.kernel}, {asked.threads} threads, "
        f"{machine(context)['processor']}. Gowalla{made}, {size} of 2,048. Medians of {asked.repeat} rounds "
        f"in turns, {asked.steps} steps each; ratios are medians of the rounds' own. Losses that stand "
        "alone have no BPR beside them.\n"
    )
    yield "| loss | ms a step | × | s an epoch | × | rounds' × from – to | peak MiB | × |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    epochs = {
        name: one.epoch_of(timed[f"{name} opens"], timed[name], asked.steps) for name, one in trained.items()
    }
    peaks = {name: measured(name, asked) for name in asked.only}
    for name in asked.only:
        ratios = [a / b for a, b in zip(epochs[name].rounds, epochs[first].rounds)]
        said = name if name == first or name in ALONE else f"bpr + {name}"
        goal = f" (goal {GOALS[name]})" if name in GOALS else ""
        yield (
            f"| {said} | {timed[name].ms / asked.steps:.1f} | {timed[name].ratio(timed[first]):.2f} | "
            f"{epochs[name].ms / 1e3:.1f} | {epochs[name].ratio(epochs[first]):.2f}{goal} | "
            f"{min(ratios):.2f} – {max(ratios):.2f} | {peaks[name]:.0f} | {peaks[name] / peaks[first]:.2f} |"
        )


def measured(name: str, asked: argparse.Namespace) -> float:
    """MiB of a process that does a few steps of one method, data and libraries included."""
    folders = [part for d in asked.data_dir for part in ("--data-dir", str(d))]
    more = ["--kernel", asked.kernel, "--threads", str(asked.threads), "--memory", name]
    command = [sys.executable, __file__, *folders, *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout))


def peak(name: str, place: Place) -> float:
    """MiB that this process has had at most, after an opening and five steps."""
    one = running(name, place)
    one.opens()
    one.steps(5)
    return peak_mib()


if __name__ == "__main__":
    main()
