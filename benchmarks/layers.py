"""What layers over several edge types cost: `python benchmarks/layers.py --data-dir DIR [--page FILE]`

MovieLens-100K with fifteen relations of its knowledge, and Retail Rocket with views and carts: the passes of
a training step alone, all layers forward and backward, d = 64. Layers take turns in one process, and
`lightgcn` is over all edges as one graph.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from output_block import told

from recbox.api.reading import read
from recbox.api.setting import on_device, settle
from recbox.bench.machine import machine
from recbox.bench.timing import take_turns
from recbox.context import Context
from recbox.kernel import Graph
from recbox.recommender import Recommender, build, build_graph

ARMS = Path(__file__).resolve().parent / "arms"
SETS: dict[str, tuple[str, int, tuple[dict[str, Any], ...]]] = {
    "knowledge/relational": (
        "MovieLens-100K with knowledge",
        2,
        (
            {"use": "lightgcn"},
            *({"use": "relational", "transform": name} for name in ("none", "weight", "full", "basis")),
            {"use": "kgat"},
        ),
    ),
    "retailrocket/behaviour-gcn": (
        "Retail Rocket with views and carts",
        3,
        (
            {"use": "lightgcn"},
            *({"use": "behaviour-gcn", "by": name} for name in ("sum", "weight", "count", "attention")),
        ),
    ),
}
"""By recipe of `arms`, whose data and edges are taken: a title, hops, and layers."""


def main() -> None:
    """Time all, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, action="append", default=[])
    parser.add_argument("--kernel", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=9, help="rounds")
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args()
    asked.told = told(parser, asked, "kernel", "threads", "repeat")
    text = "\n".join(page(asked)) + "\n"
    if asked.page:
        asked.page.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def page(asked: argparse.Namespace) -> Iterator[str]:
    """The lines of the page."""
    tables = [list(table(name, asked)) for name in SETS]
    context = Context(threads=asked.threads)
    yield "# What layers over several edge types cost\n"
    yield (
        f"`python benchmarks/layers.py --data-dir DIR{asked.told} --page benchmarks/results/layers.md`, "
        f"{asked.threads} thread, {machine(context)['processor']}. All hops, "
        f"forward and backward. Medians of {asked.repeat} rounds in turns; ratios are medians of the rounds' "
        "own."
    )
    for lines in tables:
        yield from lines


def table(name: str, asked: argparse.Namespace) -> Iterator[str]:
    """The rows of one set."""
    title, hops, layers = SETS[name]
    calls, data = {}, Data(name, asked)
    for layer in layers:
        calls[", ".join(map(str, layer.values()))] = partial(step, data.made(layer, hops), data.graph)
    timed = take_turns(calls, asked.repeat)
    first = next(iter(timed.values()))
    yield f"\n## {title}\n"
    yield f"{hops} hops, {data.graph.edges:,} edges in the union.\n"
    yield "| layer | ms | × |"
    yield "| --- | --- | --- |"
    for label, spent in timed.items():
        yield f"| {label} | {spent.ms:.0f} | {spent.ratio(first):.1f} |"


class Data:
    """The data of a recipe of `arms`, read once, and the graph of its training part; nodes are known by their
    ids."""

    def __init__(self, name: str, asked: argparse.Namespace) -> None:
        types = ("user", "item", "entity") if "knowledge" in name else ("user", "item")
        self.recipe = {
            "recbox": 1,
            "extends": str(ARMS / f"{name}.yaml"),
            "dim": 64,
            "encoder": {type: {"part": [{"use": "id"}]} for type in types},
            "layer": [{"use": "lightgcn"}],
            "train": {"precision": "fp32"},
            "search": None,
        }
        self.rules = {"data_dir": asked.data_dir, "threads": asked.threads, "kernel": asked.kernel}
        setting = settle(self.recipe, **self.rules)
        job = read(setting, on_device(setting, "cpu"))
        self.train, self.context = job.dataset.take(job.split.train), job.context
        self.graph = build_graph(job.recipe.edge, self.train, self.context)

    def made(self, layer: dict[str, Any], hops: int) -> Recommender:
        """A recommender with such layers."""
        recipe = settle({**self.recipe, "layer": [{**layer, "repeat": hops}]}, **self.rules).recipe
        return build(recipe, self.train, self.graph, self.context)


def step(recommender: Recommender, graph: Graph) -> None:
    """All hops forward, and back to the first vectors."""
    recommender.zero_grad()
    recommender(graph).final.sum().backward()


if __name__ == "__main__":
    main()
