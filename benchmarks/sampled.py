"""What a step of sampled and of full propagation costs as a graph grows: time, and the most memory.

`python benchmarks/sampled.py` draws synthetic interactions, 1, 3 and 10 million of them (`--millions`), for m
of them between m / 20 users and m / 50 items, with lognormal activity and Zipf's popularity. Then it takes
some steps of LightGCN with `bpr` and `l2` (d 64, batch 2,048, three layers), each way of propagation
in a process of its own, because memory is that of one. A step goes from the draw of its batch to the moved
parameters.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys

import numpy as np
import polars as pl
import torch

from recbox.bench.peer.protocol import peak_mib
from recbox.bench.timing import take_turns
from recbox.bench.trainee import Trainee
from recbox.context import Context
from recbox.data import Dataset, Interactions, Nodes
from recbox.recipe import load
from recbox.registry import Registry


def made(count: int) -> Dataset:
    """So many different interactions, nearly: those that are drawn twice are there once."""
    random = np.random.default_rng(0)
    users, items = count // 20, count // 50
    active = np.cumsum(random.lognormal(0, 0.8, users))
    popular = np.cumsum((1.0 + random.permutation(items)) ** -0.8)
    user, item = (
        np.searchsorted(mass, random.random(count + count // 10) * mass[-1]).clip(0, len(mass) - 1)
        for mass in (active, popular)
    )
    pair = random.permutation(np.unique(user * np.int64(items) + item))[:count]
    nodes = (Nodes(pl.DataFrame({"id": np.arange(n)})) for n in (users, items))
    return Dataset("made", *nodes, Interactions(*np.divmod(pair, items), np.ones(len(pair), np.float32)))


def recipe_of(options: argparse.Namespace) -> dict:
    optimizer = {"by": options.optimizer, "lr": 0.01}
    train = {"batch": 2048, "propagation": options.way, "optimizer": optimizer}
    if options.way == "sampled":
        train["fanout"] = options.fanout if len(options.fanout) > 1 else options.fanout[0]
    return {
        "recbox": 1,
        "dim": 64,
        "data": {"source": {"use": "synthetic"}, "split": {"by": "user-random"}},
        "layer": [{"use": "lightgcn", "repeat": options.layers}],
        "objective": [{"use": "bpr"}, {"use": "l2", "weight": 1e-4}],
        "train": train,
    }


def trainee_of(options: argparse.Namespace, count: int) -> Trainee:
    """What is trained."""
    context = Context(kernel=options.kernel)
    recipe = load(recipe_of(options), registry=Registry(), context=context)
    return Trainee(recipe, made(count), context)


def one(options: argparse.Namespace, count: int) -> dict:
    """Milliseconds a step, the median and the middle half of them, and MiB."""
    torch.set_num_threads(options.threads)
    before = peak_mib()
    own = trainee_of(options, count)
    ready = peak_mib()
    own.opens()
    own.steps(1)
    spent = take_turns({"step": own.step}, options.steps)["step"].rounds
    low, middle, high = statistics.quantiles(spent, n=4)
    graph = own.course.graph
    found = {"way": options.way, "interactions": graph.edges // 2, "nodes": graph.nodes}
    found |= {"median_ms": round(middle), "low_ms": round(low), "high_ms": round(high)}
    memory = {"imports_mib": before, "ready_mib": ready, "peak_mib": peak_mib()}
    return found | {name: round(value) for name, value in memory.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 3, 10])
    parser.add_argument("--way", nargs="+", default=["sampled", "full"], choices=["sampled", "full"])
    parser.add_argument("--fanout", type=int, nargs="+", default=[3])
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--kernel", default="auto")
    parser.add_argument("--optimizer", default="adam")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        options.way = options.way[0]
        print(json.dumps(one(options, options.one)))
        return
    given = [f"--{n}={v}" for n, v in vars(options).items() if n not in ("millions", "way", "fanout", "one")]
    for millions in options.millions:
        for way in options.way:
            size = ["--one", str(int(millions * 1e6)), "--way", way, "--fanout", *map(str, options.fanout)]
            subprocess.run([sys.executable, __file__, *given, *size], check=True)


if __name__ == "__main__":
    main()
