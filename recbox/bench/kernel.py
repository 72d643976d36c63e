"""The suite `kernel`: each product's time, and its bandwidth beside that of the machine, in one run."""

from __future__ import annotations

from typing import Any

from recbox.bench.asked import Asked
from recbox.bench.cases import Group, groups, setup
from recbox.bench.figure import Figure, rows
from recbox.bench.timing import take_turns, triad
from recbox.graph import Layout, interaction_csr


def measure(asked: Asked) -> dict[str, Any]:
    """Extra of a row: `GB/s`, the bytes that the product must at least move over its time, None where that
    isn't meant; `of triad`, the same over the triad's bandwidth."""
    context, train = asked.context, asked.train
    users, items = len(train.user), len(train.item)
    layout = Layout((("user", users), ("item", items)))
    csr = interaction_csr(train.interaction.user, train.interaction.item, users, items)
    bandwidth = triad(device=context.device)
    parts = setup(layout, csr, asked.dim, context.device, context.generator("bench", 0))
    found: list[dict[str, Any]] = []
    for group in groups(parts, context.generator("bench", 1)):
        timed = take_turns(group.calls, asked.repeat, context.progress, group.what)
        figures = [Figure(name, t, extra=_extra(group, name, t.ms, bandwidth)) for name, t in timed.items()]
        found += rows(group.what, figures, group.against)
    return {"about": {**asked.about, "triad GB/s": round(bandwidth, 2)}, "row": found}


def _extra(group: Group, name: str, ms: float, bandwidth: float) -> dict[str, float | None]:
    speed = group.traffic[name] / ms / 1e6 or None
    return {"GB/s": speed, "of triad": speed and speed / bandwidth}
