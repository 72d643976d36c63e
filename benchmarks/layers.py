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
        f"`python benchmarks/layers.py --data-dir DIR --repeat {asked.repeat} --page "
        f"benchmarks/results/layers.md`, {asked.threads} thread, {machine(context)['processor']}. All hops, "
        f"forward and backward. Medians of {asked.repeat} rounds in turns; ratios are medians of the rounds' "
        "own."
    )
    for lines in tables:
        yield from lines


def table(name: str, asked: argparse.Namespace) -> Iterator[str]:
    """The rows of one set."""
    title, hops, layers = SETS[name]
    calls, edges = {}, 0
    for layer in layers:
        recommender, graph = made(name, {**layer, "repeat": hops}, asked)
        calls[", ".join(map(str, layer.values()))] = partial(step, recommender, graph)
        edges = graph.edges
    timed = take_turns(calls, asked.repeat)
    first = next(iter(timed.values()))
    yield f"\n## {title}\n"
    yield f"{hops} hops, {edges:,} edges in the union.\n"
    yield "| layer | ms | × |"
    yield "| --- | --- | --- |"
    for label, spent in timed.items():
        yield f"| {label} | {spent.ms:.0f} | {spent.ratio(first):.1f} |"


def made(name: str, layer: dict[str, Any], asked: argparse.Namespace) -> tuple[Recommender, Graph]:
    """A recommender with such layers over the recipe's training graph, nodes known by their ids."""
    types = ("user", "item", "entity") if "knowledge" in name else ("user", "item")
    recipe = {
        "recbox": 1,
        "extends": str(ARMS / f"{name}.yaml"),
        "dim": 64,
        "encoder": {type: {"part": [{"use": "id"}]} for type in types},
        "layer": [layer],
        "train": {"precision": "fp32"},
        "search": None,
    }
    setting = settle(recipe, data_dir=asked.data_dir, threads=asked.threads, kernel=asked.kernel)
    job = read(setting, on_device(setting, "cpu"))
    train = job.dataset.take(job.split.train)
    graph = build_graph(job.recipe.edge, train, job.context)
    return build(job.recipe, train, graph, job.context), graph


def step(recommender: Recommender, graph: Graph) -> None:
    """All hops forward, and back to the first vectors."""
    recommender.zero_grad()
    recommender(graph).final.sum().backward()


if __name__ == "__main__":
    main()
