"""How methods stand noise: `python benchmarks/robustness.py --data-dir DIR --out DIR [--page FILE]`.

Each arm of `benchmarks/arms.py ssl` as it was tuned on clean data: with the settings that its page gives,
which aren't tuned again. MovieLens-100K: to the training part 1, 5 and 20 % edges are added that nobody has,
each user and item alike, or 20 % are taken away at random. Validation and test stay as they are, and so do
the items that are ranked for a user: all but those of the clean training part, and at test of validation.
Each condition is drawn and trained several times. The same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from arms import ARMS
from output_block import machine, told
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
RESULTS = Path(__file__).resolve().parent / "results"
SPLIT = "data.seed=0"
"""One split for all draws, that on which the arms were tuned."""


def main() -> None:
    """Run what is missing, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="a file for each run, which is used again")
    parser.add_argument("--tuned", type=Path, default=RESULTS / "ssl.md", help="a page of arms.py ssl")
    parser.add_argument("--draws", type=_draws, default=3, help="2 or more, for there is an interval")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="runs at once")
    parser.add_argument("--only", nargs="+", choices=METHODS, default=list(METHODS), metavar="METHOD")
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args()
    asked.told = told(parser, asked, "draws", "only")
    asked.out.mkdir(parents=True, exist_ok=True)
    text = "\n".join(table(ran(asked), asked)) + "\n"
    if asked.page:
        asked.page.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _draws(text: str) -> int:
    if (count := int(text)) < 2:
        raise argparse.ArgumentTypeError(f"{count} draws say nothing of chance; 2 or more do")
    return count


def ran(asked: argparse.Namespace) -> dict[str, dict[float, list[float]]]:
    """The values of each method under each condition, draw by draw."""
    settings = chosen(asked.tuned.read_text(encoding="utf-8"))
    every = [
        (name, c, draw) for draw, c, name in itertools.product(range(asked.draws), CONDITIONS, asked.only)
    ]
    found = {
        run: json.loads(p.read_text(encoding="utf-8")) for run in every if (p := _kept(asked, *run)).exists()
    }
    with ProcessPoolExecutor(asked.workers, get_context("spawn")) as pool:
        missing = [run for run in every if run not in found]
        runs = {
            pool.submit(value, arm(n), asked.data_dir, c, d, settings[n]): (n, c, d) for n, c, d in missing
        }
        for done in as_completed(runs):
            run = runs[done]
            found[run] = done.result()
            _kept(asked, *run).write_text(json.dumps(found[run]), encoding="utf-8")
            print(f"{len(found)} of {len(every)}: {run}: {found[run]:.4f}", file=sys.stderr, flush=True)
    return {n: {c: [found[n, c, d] for d in range(asked.draws)] for c in CONDITIONS} for n in asked.only}


def arm(name: str) -> Path:
    """Its recipe."""
    return ARMS / "ssl" / f"{name}.yaml"


def _kept(asked: argparse.Namespace, name: str, condition: float, draw: int) -> Path:
    return asked.out / f"{name}_{condition:+g}_{draw}.json"


def chosen(page: str) -> dict[str, list[str]]:
    """By arm, `KEY=VALUE` for each of its settings, as `arms.py` writes them down."""
    lines = re.findall(r"^- ([\w-]+): (`.*)$", page, re.MULTILINE)
    return {
        name: ["=".join(pair) for pair in re.findall(r"`([^`]+)` ([^\s,]+)", line)] for name, line in lines
    }


def value(recipe: Path, data: Path, condition: float, draw: int, sets: Sequence[str] = ()) -> float:
    """What the method is worth on the clean split, fitted on the changed training part."""
    setting = settle(recipe, sets=[SPLIT, *sets], data_dir=[data], seed=draw, threads=1)
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
    both = {name: np.concatenate([getattr(x, name), getattr(more, name)]) for name in x.columns}
    return replace(data, interaction=replace(x, **both))


def table(found: dict[str, dict[float, list[float]]], asked: argparse.Namespace) -> Iterator[str]:
    """NDCG@20 on clean data, and how far it falls under each condition."""
    yield "# How methods stand noise\n"
    yield (
        f"`python benchmarks/robustness.py --data-dir DIR --out DIR{asked.told} --page "
        f"benchmarks/results/robustness.md`, {machine()}, one thread for each run. MovieLens-100K at random, "
        f"LightGCN with each term, with the options chosen on clean data "
        f"([{asked.tuned.name}]({asked.tuned.name})), not tuned again. Changes of NDCG@20 on test in percent "
        f"of the method's own on clean data, with 95 % intervals over {asked.draws} draws of edges and first "
        "values. On validation and on test the same items are ranked for a user under all conditions: those "
        "that the user doesn't have in the clean parts before.\n"
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
