"""How methods stand noise: `python benchmarks/robustness.py TUNED --data-dir DIR [--page FILE]`.

TUNED holds what `benchmarks/arms.py ssl --out` left: the best recipe of each arm, tuned on clean data, which
isn't tuned again. MovieLens-100K: to the training part 1, 5 and 20 % edges are added that nobody has, each
user and item alike, or 20 % are taken away at random; validation and test stay as they are. Each condition is
drawn and trained several times.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from output_block import machine
from scipy.stats import t

import recbox
from recbox.api.reading import Job, read
from recbox.api.setting import on_device, settle

METHODS = ("lightgcn", "sgl", "simgcl", "xsimgcl", "lightgcl", "ncl", "masked-edge", "directau")
"""Arms that need no features: noise is in the interactions alone."""
CONDITIONS = (0.0, 0.01, 0.05, 0.2, -0.2)
"""Edges added, as a share of the training part; below zero: taken away."""
METRIC = "ndcg@20"


def main() -> None:
    """Run all, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tuned", type=Path)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=METHODS, default=METHODS, metavar="METHOD")
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args()
    tuned, page = asked.tuned.absolute(), asked.page and asked.page.absolute()
    recipes = {name: tuned / "ssl" / "tune" / name / "best.yaml" for name in asked.only}
    setting = settle(recipes[asked.only[0]], data_dir=[asked.data_dir.absolute()], threads=1)
    job = read(setting, on_device(setting, "cpu"))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        found = {name: _row(job, recipes[name], Path(folder), asked.draws) for name in asked.only}
    text = "\n".join(table(found, asked.draws)) + "\n"
    if page:
        page.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _row(job: Job, recipe: Path, folder: Path, draws: int) -> dict[float, list[float]]:
    """A method's values under each condition, draw by draw."""
    return {c: [_value(job, recipe, folder, c, draw) for draw in range(draws)] for c in CONDITIONS}


def _value(job: Job, recipe: Path, folder: Path, condition: float, draw: int) -> float:
    place = folder / f"{condition}-{draw}"
    if not place.exists():
        write(job, place, condition, draw)
    source = f"data.source={{use: lightgcn, folder: {place}, valid: valid.txt}}"
    sets = [source, "data.split={by: given, valid: 0.1, test: 0.2}"]
    return float(recbox.run(recipe, sets=sets, seed=draw, threads=1, device="cpu").metrics["test"][METRIC])


def write(job: Job, place: Path, condition: float, draw: int) -> None:
    """The split's parts as LightGCN's text files, with `condition` done to the training part."""
    place.mkdir()
    x, split = job.dataset.interaction, job.split
    pairs = np.stack([x.user, x.item], 1)
    train = changed(pairs[split.train], pairs, len(job.dataset.item), condition, np.random.default_rng(draw))
    parts = {"train": train, "valid": pairs[split.valid], "test": pairs[split.test]}
    for name, rows in parts.items():
        items: dict[int, list[int]] = {}
        for user, item in rows.tolist():
            items.setdefault(user, []).append(item)
        lines = [f"{user} {' '.join(map(str, own))}\n" for user, own in sorted(items.items())]
        (place / f"{name}.txt").write_text("".join(lines), encoding="ascii")


def changed(
    train: np.ndarray, known: np.ndarray, items: int, condition: float, draw: np.random.Generator
) -> np.ndarray:
    """int64 `[n, 2]`, the training pairs with some added that are in no part, or without some of them."""
    count = round(abs(condition) * len(train))
    if condition <= 0:
        return train[np.sort(draw.permutation(len(train))[count:])]
    users = int(known[:, 0].max()) + 1
    free = np.setdiff1d(np.arange(users * items), known[:, 0] * items + known[:, 1])
    more = draw.choice(free, count, replace=False)
    return np.concatenate([train, np.stack([more // items, more % items], 1)])


def table(found: dict[str, dict[float, list[float]]], draws: int) -> Iterator[str]:
    """NDCG@20 on clean data, and how far it falls under each condition."""
    yield "# How methods stand noise\n"
    yield (
        f"`python benchmarks/robustness.py TUNED --data-dir DIR --draws {draws}`, {machine()}, one thread. "
        "MovieLens-100K at random, LightGCN with each term as tuned on clean data (ssl.md), not tuned again. "
        "Changes of NDCG@20 on test in percent of the method's own on clean data, with 95 % intervals over "
        f"{draws} draws of edges and first values.\n"
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
