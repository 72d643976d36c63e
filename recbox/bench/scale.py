"""The suite `scale`: how an epoch's time and memory grow with the number of interactions."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import linear_regression
from typing import Any

import numpy as np

from recbox.bench.asked import Asked
from recbox.bench.figure import Figure, rows
from recbox.bench.graphs import EDGES, NODES
from recbox.bench.memory import peaks
from recbox.bench.step import way
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
            told.append(peaks(min(ROUNDS, asked.repeat), more))
            task.advance()
    passed = way(asked.setting.recipe.stage[0].training, told[0]["layers"])
    about = {"graph": "random", "dim": asked.dim, **passed, "kernel": asked.context.kernel}
    return {"about": about, "row": grown(told)}


def grown(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of what processes told, the smallest size first."""
    sizes = [one["interactions"] for one in told]
    names = [f"{size:,}" for size in sizes]
    epochs = [_epoch(one) for one in told]
    most = [Timed((one["trained"],)) for one in told]
    beyond = [one["trained"] - one["imports"] for one in told]
    nodes = [{"interactions": size, "nodes": one["nodes"]} for size, one in zip(sizes, told)]
    each = [n | {"bytes each": mib * 2**20 / size} for n, mib, size in zip(nodes, beyond, sizes)]
    times = [Figure(n, t, "s", extra=x) for n, t, x in zip(names, epochs, nodes)]
    heights = [Figure(n, t, "MiB", extra=x) for n, t, x in zip(names, most, each)]
    found = rows("epoch", times, names[0]) + rows("peak memory", heights, names[0])
    turns = list(zip(*(t.rounds for t in epochs)))
    found += _exponents("exponent of time", "epoch", sizes, turns)
    if min(beyond) <= 0:  # of sizes that need less than the imports of two processes differ by
        return found
    return found + _exponents("exponent of memory", "beside the imports", sizes, [beyond])


def _exponents(
    what: str, name: str, sizes: Sequence[float], rounds: Sequence[Sequence[float]]
) -> list[dict[str, Any]]:
    """Of all sizes, and of those within the last factor of ten, where some lie before it."""
    late = [number for number, size in enumerate(sizes) if 10 * size >= sizes[-1]]
    figures = [Figure(name, Timed(tuple(exponent(sizes, values) for values in rounds)), "")]
    if 2 <= len(late) < len(sizes):
        last = (exponent([sizes[i] for i in late], [values[i] for i in late]) for values in rounds)
        figures.append(Figure(f"{name}, last decade", Timed(tuple(last)), ""))
    linear = Figure("linear", Timed((1.0,) * len(rounds)), "")
    return rows(what, [*figures, linear], "linear")


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """b of the best fit of a · size^b, in logarithms."""
    return linear_regression(np.log(sizes).tolist(), np.log(values).tolist()).slope


def _epoch(told: dict[str, Any]) -> Timed:
    """Seconds of an epoch: its opening, and as many steps as it has more."""
    pairs = zip(told["opening"], told["step"])
    return Timed(tuple((opening + (told["length"] - 1) * step) / 1e3 for opening, step in pairs))
