"""How methods stand noise: `python benchmarks/robustness.py TUNED --data-dir DIR [--page FILE]`.

TUNED holds what `benchmarks/arms.py ssl --out` left: the best recipe of each arm, tuned on clean data, which
isn't tuned again. MovieLens-100K: to the training part 1, 5 and 20 % edges are added that nobody has, each
user and item alike, or 20 % are taken away at random. Validation and test stay as they are, and so do the
items that are ranked for a user: all but those of the clean training part, and at test of validation. Each
condition is drawn and trained several times.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from output_block import machine
from scipy.stats import t

from recbox.api.fitting import fit_method
from recbox.api.judging import Bench
from recbox.api.reading import Job, read
from recbox.api.setting import on_device, settle
from recbox.data import Dataset

METHODS = ("lightgcn", "sgl", "simgcl", "xsimgcl", "lightgcl", "ncl", "masked-edge", "directau")
"""Arms that need no features: noise is in the interactions alone."""
CONDITIONS = (0.0, 0.01, 0.05, 0.2, -0.2)
"""Edges added, as a share of the training part; below zero: taken away."""
METRIC = "ndcg@20"
SPLIT = "data.seed=0"
"""One split for all draws, that on which the arms were tuned."""


def main() -> None:
    """Run all, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tuned", type=Path)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=METHODS, default=METHODS, metavar="METHOD")
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args()
    found = {name: _row(asked, name) for name in asked.only}
    text = "\n".join(table(found, asked.draws)) + "\n"
    if asked.page:
        asked.page.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _row(asked: argparse.Namespace, name: str) -> dict[float, list[float]]:
    """A method's values under each condition, draw by draw."""
    recipe = asked.tuned / "ssl" / "tune" / name / "best.yaml"
    return {c: [value(recipe, asked.data_dir, c, draw) for draw in range(asked.draws)] for c in CONDITIONS}


def value(recipe: Path, data: Path, condition: float, draw: int) -> float:
    """What the method is worth on the clean split, fitted on the changed training part."""
    setting = settle(recipe, sets=[SPLIT], data_dir=[data], seed=draw, threads=1)
    clean = read(setting, on_device(setting, "cpu"))
    bench = Bench(clean)
    method = fit_method(changed(clean, condition), bench.validate, None, resume=False)
    return float(bench.verdict(method).metrics["test"][METRIC])


def changed(clean: Job, condition: float) -> Job:
    """The same with interactions added to the training part that are in no part, or with some taken away."""
    draw, split, count = clean.context.random("noise"), clean.split, len(clean.split.train)
    some = round(abs(condition) * count)
    if condition <= 0:
        kept = split.train[np.sort(draw.permutation(count)[some:])]
        return replace(clean, split=replace(split, train=kept))
    new = len(clean.dataset.interaction) + np.arange(some)
    train = np.concatenate([split.train, new])
    return replace(
        clean,
        dataset=_added(clean.dataset, draw.choice(split.train, some), draw),
        split=replace(split, train=train),
    )


def _added(data: Dataset, like: np.ndarray, draw: np.random.Generator) -> Dataset:
    """With new pairs at the end, each with the weight and time of one of the rows `like`."""
    x, items = data.interaction, len(data.item)
    free = np.setdiff1d(np.arange(len(data.user) * items), x.user * items + x.item)
    user, item = np.divmod(draw.choice(free, len(like), replace=False), items)
    more = replace(x.take(like), user=user, item=item)
    both = {
        name: np.concatenate([own, getattr(more, name)]) for name, own in vars(x).items() if own is not None
    }
    return replace(data, interaction=replace(x, **both))


def table(found: dict[str, dict[float, list[float]]], draws: int) -> Iterator[str]:
    """NDCG@20 on clean data, and how far it falls under each condition."""
    yield "# How methods stand noise\n"
    yield (
        f"`python benchmarks/robustness.py TUNED --data-dir DIR --draws {draws}`, {machine()}, one thread. "
        "MovieLens-100K at random, LightGCN with each term as tuned on clean data (ssl.md), not tuned again. "
        "Changes of NDCG@20 on test in percent of the method's own on clean data, with 95 % intervals over "
        f"{draws} draws of edges and first values. On validation and on test the same items are ranked for "
        "a user under all conditions: those that the user doesn't have in the clean parts before.\n"
    )
    titles = [f"{c:+.0%} edges".replace("%", " %") for c in CONDITIONS if c]
    yield f"| method | clean | {' | '.join(titles)} |"
    yield f"| --- | --- |{' --- |' * len(titles)}"
    for name, row in found.items():
        clean = row[0.0]
        falls = [_spread([100 * (a / b - 1) for a, b in zip(row[c], clean)]) for c in CONDITIONS if c]
        yield f"| {name} | {np.mean(clean):.4f} | {' | '.join(falls)} |"


def _spread(values: Sequence[float]) -> str:
    half: Any = t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values))
    return f"{np.mean(values):+.1f} ± {half:.1f}"


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
