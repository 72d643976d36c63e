"""Files past what a test set holds, and what it takes to read them.

    python benchmarks/big_table.py write FOLDER ROWS [--format csv|parquet] [--ids integer|string] [--once]
    python benchmarks/big_table.py read FILE [--stop tables|dataset|split|csr] [--by user-time]
    python benchmarks/big_table.py run FILE [--train] [--scratch DIR]

`write` makes a log in order of time with a long tail of items and users; an event may come again, as clicks
do, unless `--once`. `read` prints the seconds and the peak memory after each stage, `run` those of a whole
`recbox run` of popularity, each in the process that it measures; with `--train` of LightGCN, an epoch of
sampled propagation. Of the peak, `own` is what the system can't take back for other uses: not the pages of
files, as those of `--scratch` are.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

CHUNK = 1_000_000
"""Rows made at a time."""
SPAN = 1_400_000_000, 1_700_000_000
"""Unix seconds between which events lie."""
STAGES = "tables", "dataset", "split", "csr"


def chunks(rows: int, once: bool) -> Iterator[pl.DataFrame]:
    """A user has 100 events on average and an item 400; of both few have most. once: a chunk has users of its
    own, and no pair twice."""
    draw = np.random.default_rng(0)
    users, items = max(rows // 100, 10), max(rows // 400, 10)
    liked, begun = draw.permutation(items), 0
    for start in range(0, rows, CHUNK):
        n = min(CHUNK, rows - start)
        until = users * (start + n) // rows
        low, high = (begun, until) if once else (0, users)
        begun = until
        user = (low + (high - low) * draw.random(n) ** 2).astype(np.int64)
        item = liked[(items * draw.random(n) ** 3).astype(np.int64)]
        begin, end = (SPAN[0] + (SPAN[1] - SPAN[0]) * at // rows for at in (start, start + n))
        frame = pl.DataFrame({"user": user * 7 + 1, "item": item * 3 + 1})
        frame = frame.unique(maintain_order=True) if once else frame
        yield frame.with_columns(time=np.sort(draw.integers(begin, end, frame.height)))


def write(folder: Path, rows: int, form: str, ids: str, once: bool) -> Path:
    """The file; a Parquet one is written from the CSV, which goes again."""
    folder.mkdir(parents=True, exist_ok=True)
    name = folder / f"{ids}-{rows}{'-once' if once else ''}.{form}"
    path = name if form == "csv" else name.with_suffix(".part")
    with path.open("wb") as file:
        for number, frame in enumerate(chunks(rows, once)):
            if ids == "string":
                frame = frame.with_columns(
                    pl.format("u{}", pl.col("user")), pl.format("item-{}", pl.col("item"))
                )
            frame.write_csv(file, include_header=number == 0)
    if form == "parquet":
        pl.scan_csv(path).sink_parquet(name)
        path.unlink()
    return name


class Watch:
    """Prints seconds and peak memory of the stages of this process; what is its own is looked at ten times a
    second."""

    def __init__(self) -> None:
        self.began = self.last = time.perf_counter()
        self.own = 0.0
        threading.Thread(target=self._look, daemon=True).start()

    def told(self, stage: str) -> None:
        now = time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        seconds = f"{now - self.last:7.2f} s, {now - self.began:7.2f} s in all"
        print(f"{stage:<8} {seconds}, peak {peak:5.2f} GiB, own {self.own:5.2f} GiB", flush=True)
        self.last = now

    def _look(self) -> None:
        while True:
            lines = Path("/proc/self/status").read_text().splitlines()
            own = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
            self.own = max(self.own, own / 2**20)
            time.sleep(0.1)


def recipe(path: Path, by: str, valid: float = 0.1, test: float = 0.2) -> dict[str, Any]:
    """Popularity on the file."""
    interaction = {"path": str(path.resolve()), "columns": {"user": "user", "item": "item", "time": "time"}}
    return {
        "recbox": 1,
        "name": "big",
        "data": {
            "source": {"use": "table", "interaction": [interaction]},
            "clean": {"duplicate": "last"},
            "split": {"by": by, "valid": valid, "test": test},
        },
        "model": {"use": "popularity"},
        "evaluate": {"k": [20], "metric": ["recall", "ndcg"], "select": "ndcg@20", "baseline": []},
    }


def training(path: Path) -> dict[str, Any]:
    """LightGCN on the file, with few columns and large batches, so that an epoch takes minutes."""
    parts = recipe(path, "time", 0.0005, 0.001)
    parts["evaluate"] |= {"valid_users": 2000}
    del parts["model"]
    return parts | {
        "dim": 16,
        "layer": [{"use": "lightgcn", "repeat": 2}],
        "train": {"epochs": 1, "batch": 131_072, "propagation": "sampled", "fanout": [2, 2]},
    }


def read(path: Path, stop: str, by: str) -> None:
    """From the file to the rows of the training graph, and what came of it."""
    from recbox.context import Context
    from recbox.data import assemble, split
    from recbox.graph import interaction_csr
    from recbox.recipe.blocks import Clean, Split
    from recbox.source.table import Table

    watch = Watch()
    data = recipe(path, by)["data"]
    source = Table.parse({k: v for k, v in data["source"].items() if k != "use"})
    steps: dict[str, Callable[[Any], Any]] = {
        "dataset": lambda tables: assemble(tables, Clean(duplicate="last"), spend=True),
        "split": lambda dataset: (dataset, split(dataset, Split(by=by, valid=0.1, test=0.2), Context())),
        "csr": lambda both: _csr(both[0].take(both[1].train), interaction_csr),
    }
    watch.told("imports")
    found: Any = source.read(Context(folder=path.parent))
    watch.told("tables")
    for stage in STAGES[1 : STAGES.index(stop) + 1]:
        found = steps[stage](found)
        watch.told(stage)
        if stage == "split":
            print(json.dumps({"facts": found[0].facts, "split": found[1].facts, "is": found[1].fingerprint}))


def _csr(train: Any, make: Callable[..., Any]) -> Any:
    x = train.interaction
    return make(x.user, x.item, len(train.user), len(train.item))


def run(path: Path, train: bool, scratch: Path | None) -> None:
    """A whole run, of which the artifact lies beside the file meanwhile. Few users are judged: a ranking
    takes time by users times items, and no more memory for more of them."""
    import tempfile

    import recbox

    watch = Watch()
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        asked = training(path) if train else recipe(path, "time", 0.0005, 0.001)
        outcome = recbox.run(asked, out=Path(folder) / "out", scratch=scratch)
    watch.told("run")
    print(json.dumps({key: outcome.metrics[key] for key in ("test", "time", "memory")}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("write")
    made.add_argument("folder", type=Path)
    made.add_argument("rows", type=int)
    made.add_argument("--format", choices=["csv", "parquet"], default="csv")
    made.add_argument("--ids", choices=["integer", "string"], default="integer")
    made.add_argument("--once", action="store_true")
    for name in ("read", "run"):
        commands.add_parser(name).add_argument("file", type=Path)
    commands.choices["run"].add_argument("--train", action="store_true")
    commands.choices["run"].add_argument("--scratch", type=Path)
    commands.choices["read"].add_argument("--stop", choices=STAGES, default=STAGES[-1])
    commands.choices["read"].add_argument("--by", default="user-time")
    args = parser.parse_args()
    if args.command == "write":
        print(write(args.folder, args.rows, args.format, args.ids, args.once))
        return
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, polars {pl.__version__}")
    if args.command == "read":
        read(args.file, args.stop, args.by)
    else:
        run(args.file, args.train, args.scratch)


if __name__ == "__main__":
    main()
