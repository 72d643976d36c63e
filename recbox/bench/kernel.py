"""`recbox bench kernel`: each product's time, and its bandwidth beside that of the machine, in one run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from recbox.bench.cases import Group, groups, setup
from recbox.bench.graphs import bench_graph
from recbox.bench.machine import machine
from recbox.bench.timing import take_turns, triad
from recbox.context import Context


def bench_kernel(
    context: Context, *, nodes: int | None = None, edges: int | None = None, dim: int = 64, repeat: int = 11
) -> dict[str, Any]:
    """Time all products on Gowalla's graph (or a random one), with vectors of `dim` columns.

    A document for JSON: `machine`; `graph`; `triad_gb_s`; `row`, a list of `{what, name, ms, gb_s, of_triad,
    ratio, against}`. ms: median of `repeat` rounds. gb_s: the bytes that the product must at least move over
    its time, None where that isn't meant. of_triad: gb_s over the triad's. ratio: how many times longer than
    `against` of the same `what`.
    """
    with (
        _threads(context.threads),
        context.progress.task("Timing the kernels", total=8, unit="group") as task,
    ):
        name, layout, csr = bench_graph(context, nodes, edges)
        bandwidth = triad(device=context.device)
        task.advance()
        rows: list[dict[str, Any]] = []
        parts = setup(layout, csr, dim, context.device, context.generator("bench", 0))
        for group in groups(parts, context.generator("bench", 1)):
            rows += _rows(group, repeat, bandwidth)
            task.advance()
        size = {"source": name, "nodes": layout.total, "edges": csr.edges, "dim": dim}
        return {
            "suite": "kernel",
            "machine": machine(context),
            "graph": size,
            "repeat": repeat,
            "triad_gb_s": round(bandwidth, 2),
            "row": rows,
        }


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _rows(group: Group, repeat: int, bandwidth: float) -> list[dict[str, Any]]:
    timed = take_turns(group.calls, repeat)
    out = []
    for name, spent in timed.items():
        speed = group.traffic[name] / spent.ms / 1e6
        out.append(
            {
                "what": group.what,
                "name": name,
                "ms": round(spent.ms, 3),
                "gb_s": round(speed, 2) if speed else None,
                "of_triad": round(speed / bandwidth, 3) if speed else None,
                "ratio": round(spent.ratio(timed[group.against]), 2),
                "against": group.against,
            }
        )
    return out
