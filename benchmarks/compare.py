"""Whether `recbox compare` keeps its word: `python benchmarks/compare.py --data-dir DIR [--work DIR]`.

A/A: one method against itself, five seeds a side, 200 times at 5 %; every win is a false one. Power: one side
is made 3 % better, 50 times. Each method is trained with 24 seeds on MovieLens-100K (kept under WORK/runs,
and used again), and each try draws five against five of them without replacement. So the tries share one pool
of seeds, one split and one set of users: they say how the test treats seeds, and little about other data.

Two different methods differ more from user to user. So the first is also brought to the second's mean, and
both are judged by users drawn with replacement: without a difference, and with one that is planted.

`even` makes every user's value 3 % larger. `uneven` makes it 15 % larger for a random fifth of the users.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import recbox
from recbox.comparison.method import Method
from recbox.comparison.pair import ALPHA, pairs
from recbox.evaluate.significance import randomisation
from recbox.progress import SILENT, Progress, Task

METRIC = "ndcg@20"
DATA = {"source": {"use": "movielens-100k"}, "split": {"by": "user-time", "valid": 0.1, "test": 0.2}}
COMMON = {
    "recbox": 1,
    "data": DATA,
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "evaluate": {"k": [20], "metric": ["recall", "ndcg"], "select": METRIC},
}
RECIPES: list[dict[str, Any]] = [
    COMMON
    | {
        "name": "cosine-softmax",
        "dim": 64,
        "head": {"use": "cosine"},
        "objective": [{"use": "softmax", "over": "all", "temperature": 0.2}],
        "train": {
            "epochs": 12,
            "batch": 8192,
            "recency": {"by": "order", "half_life": 0.15},
            "edge_dropout": 0.2,
            "patience": None,
            "every": 3,
            "optimizer": {"by": "adam", "lr": 0.02},
        },
    },
    COMMON
    | {
        "name": "dot-bpr",
        "dim": 32,
        "objective": [{"use": "bpr"}, {"use": "l2", "weight": 1.0e-4}],
        "train": {
            "epochs": 20,
            "batch": 2048,
            "patience": None,
            "every": 5,
            "optimizer": {"by": "adam", "lr": 0.01},
        },
    },
]


def main() -> None:
    """Train what is missing, then print a table for each method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, action="append", default=[])
    parser.add_argument("--work", type=Path, default=Path("build/compare"))
    parser.add_argument("--pool", type=int, default=24)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    data_dir = [d.absolute() for d in asked.data_dir]
    asked.work.mkdir(parents=True, exist_ok=True)
    os.chdir(asked.work)
    found = recbox.compare(
        *RECIPES, seeds=asked.pool, metric=METRIC, data_dir=data_dir, threads=asked.threads, progress=Lines()
    )
    for method in found.methods:
        study(method)
    between(*found.methods)


class Lines(Progress):
    """Says which run is on."""

    def open(self, title: str, total: float | None, unit: str) -> Task:
        return SILENT.open(title, total, unit)

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        print(message, flush=True)


def study(method: Method) -> None:
    """Print how often wins are called, false ones and true ones."""
    pool = method.values[METRIC]
    means = pool.mean(axis=1)
    print(
        f"\n{method.label}: {len(pool)} seeds, {pool.shape[1]} users, {METRIC} {means.mean():.4f}, ", end=""
    )
    print(f"spread of seeds {means.std(ddof=1):.4f}, from {means.min():.4f} to {means.max():.4f}\n")
    print("| study | seeds a side | tries | wins called |\n| --- | --- | --- | --- |")
    for seeds in (3, 5, 10):
        row("A/A, recbox compare", seeds, 200, wins(method, seeds, 200))
    row("A/A, randomisation over users alone", 1, 200, wins_alone(pool, 1, 200))
    row("A/A, the same of means over seeds", 5, 200, wins_alone(pool, 5, 200))
    for gain in (0.01, 0.02, 0.03):
        for even in (True, False):
            for seeds in (3, 5):
                label = f"planted {gain:.0%}, {'even' if even else 'uneven'}".replace("%", " %")
                row(label, seeds, 50, wins(method, seeds, 50, gain, even))


def between(one: Method, other: Method) -> None:
    """Print the same for two methods that were brought to one mean, of users drawn anew each time."""
    level = other.values[METRIC].mean() / one.values[METRIC].mean()
    one = replace(one, values={METRIC: one.values[METRIC] * level})
    print(f"\n{one.label} brought to the mean of {other.label}, users drawn with replacement\n")
    print("| study | seeds a side | tries | wins called |\n| --- | --- | --- | --- |")
    row("no difference", 5, 400, wins(one, 5, 400, other=other))
    for gain in (0.03, 0.06, 0.1):
        row(f"planted {gain:.0%}, even".replace("%", " %"), 5, 200, wins(one, 5, 200, gain, other=other))


def row(study: str, seeds: int, tries: int, won: int) -> None:
    """One line of the table."""
    print(f"| {study} | {seeds} | {tries} | {won} ({won / tries:.1%}) |".replace("%)", " %)"), flush=True)


def wins(
    method: Method, seeds: int, tries: int, gain: float = 0.0, even: bool = True, other: Method | None = None
) -> int:
    """How often `recbox compare` calls the difference real, and the first the better one where it is.

    other: what the method is compared with, of users drawn anew; without it, its own other seeds.
    """
    random, won = np.random.default_rng([1, seeds]), 0
    users = np.arange(method.values[METRIC].shape[1])
    for _ in range(tries):
        drawn = random.permutation(len(method.runs))
        again = users if other is None else random.choice(users, len(users))
        one = planted(part(method, drawn[:seeds], again), gain, even, random)
        rest = part(other or method, drawn[seeds : 2 * seeds], again)
        (pair,) = pairs([one, rest], [METRIC], [])
        won += pair.verdict == "real" and (gain == 0 or pair.difference > 0)
    return won


def part(method: Method, rows: np.ndarray, users: np.ndarray) -> Method:
    """The method as if only these of its runs had been made, and these users judged them."""
    values = method.values[METRIC][np.ix_(rows, users)]
    return replace(method, runs=tuple(method.runs[i] for i in rows), values={METRIC: values})


def planted(method: Method, gain: float, even: bool, random: np.random.Generator) -> Method:
    """The method with values `gain` larger on average: for all alike, or five times that for a fifth."""
    users = method.values[METRIC].shape[1]
    factor = np.full(users, 1 + gain) if even else np.where(random.random(users) < 0.2, 1 + 5 * gain, 1.0)
    return replace(method, values={METRIC: method.values[METRIC] * factor})


def wins_alone(pool: np.ndarray, seeds: int, tries: int) -> int:
    """How often a paired test over users calls two sets of seeds of one method different."""
    random, won = np.random.default_rng([2, seeds]), 0
    for _ in range(tries):
        drawn = random.permutation(len(pool))
        one, other = (pool[drawn[side * seeds : (side + 1) * seeds]].mean(axis=0) for side in (0, 1))
        won += randomisation(one - other, random) < ALPHA
    return won


if __name__ == "__main__":
    main()
