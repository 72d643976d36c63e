"""Lists for everybody: how many users a second, and how much memory, of one `recbox recommend --all`.

    python benchmarks/lists.py [--users 1000000] [--items 100000] [--dim 64] [--format parquet]

The vectors are synthetic: drawn, with the falling spectrum that trained ones have. Each user has ten items.
The artifact is made in a process of its own, so that the peak is that of the command alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

EACH = 10
"""Interactions of a user."""


def make(folder: Path, users: int, items: int, dim: int) -> None:
    """Write the artifact."""
    import polars as pl
    import torch

    from recbox.artifact import Content, write
    from recbox.data import Dataset, Interactions, Nodes, Split
    from recbox.head.dot import Dot
    from recbox.plugin import Spec
    from recbox.recommender import GraphScorer

    draw = torch.Generator().manual_seed(1)
    spectrum = (torch.arange(dim) + 1.0) ** -0.5
    vectors = [torch.randn(count, dim, generator=draw) * spectrum for count in (users, items)]
    one = np.repeat(np.arange(users), EACH)
    other = np.random.default_rng(1).integers(items, size=len(one))
    nodes = [Nodes(pl.DataFrame({"id": pl.int_range(count, eager=True)})) for count in (users, items)]
    data = Dataset("lists", *nodes, Interactions(one, other, np.ones(len(one), np.float32), None))
    nothing = np.zeros(0, np.int64)
    split = Split(np.arange(len(one)), nothing, nothing)
    head = Dot()
    scorer = GraphScorer(*vectors, head.build(Spec.__new__(Spec)), retrievable=True)
    said = {"kind": "graph", "use": "dot", "options": {}}
    metrics = {"format": 1, "status": "done"}
    write(
        Content("lists", "recbox: 1\nname: lists\n", data, split, scorer, said, metrics, "<p>lists</p>"),
        folder,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, count in (("users", 1_000_000), ("items", 100_000), ("dim", 64), ("k", 20)):
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--format", default="parquet", choices=["parquet", "csv", "jsonl"])
    parser.add_argument("--keep", type=Path, help="the folder of the artifact; made where it isn't there")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        make(asked.make, asked.users, asked.items, asked.dim)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = asked.keep or Path(place) / "lists"
        if not folder.exists():
            subprocess.run([sys.executable, __file__, *sys.argv[1:], "--make", str(folder)], check=True)
        began = time.perf_counter()
        command = ["recommend", str(folder), "--all", "-k", str(asked.k), "--format", asked.format]
        out = Path(place) / f"lists.{asked.format}"
        _, status, used = os.wait4(
            subprocess.Popen([sys.executable, "-m", "recbox", *command, "--out", str(out)]).pid, 0
        )
        seconds = time.perf_counter() - began
        if status:
            raise SystemExit("the command failed")
        size = out.stat().st_size / 2**20
    peak = used.ru_maxrss / 2**10
    print(f"{asked.users:,} users, {asked.items:,} items, d {asked.dim}, k {asked.k}, {asked.format}")
    print(
        f"{seconds:.1f} s, {asked.users / seconds:,.0f} users/s, peak {peak:,.0f} MiB, file {size:,.0f} MiB"
    )


if __name__ == "__main__":
    main()
