"""The suite `scale`: how an epoch's time and memory grow with the number of interactions."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import linear_regression
from typing import Any

import numpy as np

from recbox.bench.asked import Asked
from recbox.bench.figure import Figure, rows
from recbox.bench.graphs import EDGES, NODES
from recbox.bench.process import asked_of
from recbox.bench.timing import Timed
from recbox.errors import OptionError

ROUNDS = 5
"""At most."""
PER_NODE = EDGES / 2 / NODES
"""Interactions for each node, as in Gowalla."""


def measure(asked: Asked) -> dict[str, Any]:
    """Made graphs, each in a process of its own; nodes grow as interactions do, the batch stays. Extra:
    nodes, and bytes beside the imports for each interaction."""
    sizes = sorted(set(asked.sizes))
    if len(sizes) < 2:
        raise OptionError("an exponent needs two sizes", where="--sizes", instead="as in 1e5,1e6")
    told = []
    with asked.progress.task("sizes", len(sizes), "process") as task:
        for size in sizes:
            graph = {"nodes": max(8, round(size / PER_NODE)), "edges": 2 * size}
            more = {**asked.plain(), **graph, "kernel": asked.context.kernel}
            question = {"rounds": min(ROUNDS, asked.repeat), "asked": more}
            told.append(asked_of("recbox.bench.peak", question))
            task.advance()
    about = {"graph": "random", "dim": asked.dim, "propagation": asked.propagation}
    return {"about": {**about, "kernel": asked.context.kernel}, "row": grown(told)}


def grown(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of what processes told, the smallest size first."""
    sizes = [one["interactions"] for one in told]
    names = [f"{size:,}" for size in sizes]
    epochs = [_epoch(one) for one in told]
    peaks = [Timed((one["trained"],)) for one in told]
    beyond = [one["trained"] - one["imports"] for one in told]
    nodes = [{"interactions": size, "nodes": one["nodes"]} for size, one in zip(sizes, told)]
    each = [n | {"bytes each": mib * 2**20 / size} for n, mib, size in zip(nodes, beyond, sizes)]
    times = [Figure(n, t, "s", extra=x) for n, t, x in zip(names, epochs, nodes)]
    heights = [Figure(n, t, "MiB", extra=x) for n, t, x in zip(names, peaks, each)]
    found = rows("epoch", times, names[0]) + rows("peak memory", heights, names[0])
    powers = Timed(tuple(exponent(sizes, some) for some in zip(*(t.rounds for t in epochs))))
    figures = [
        Figure("epoch", powers, ""),
        Figure("linear", Timed((1.0,) * len(powers.rounds)), ""),
    ]
    found += rows("exponent of time", figures, "linear")
    power = Figure("beside the imports", Timed((exponent(sizes, beyond),)), "")
    return found + rows("exponent of memory", [power, Figure("linear", Timed((1.0,)), "")], "linear")


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """b of the best fit of a · size^b, in logarithms."""
    return linear_regression(np.log(sizes).tolist(), np.log(values).tolist()).slope


def _epoch(told: dict[str, Any]) -> Timed:
    """Seconds of an epoch: its opening, and as many steps as it has more."""
    pairs = zip(told["opening"], told["step"])
    return Timed(tuple((opening + (told["length"] - 1) * step) / 1e3 for opening, step in pairs))
