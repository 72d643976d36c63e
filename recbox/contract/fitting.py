"""Which nodes of the kit's world an encoder can be built for."""

from __future__ import annotations

from recbox.contract.law import Skip
from recbox.data import Dataset, Nodes
from recbox.plugin import Encoder


def fitting(encoder: Encoder, train: Dataset) -> tuple[str, ...]:
    """The node types, user or item, that have the columns which the encoder says it needs. `Skip`: none."""
    found = tuple(node for node in ("user", "item") if fits(encoder, train.nodes(node)))
    if not found:
        needs = ", ".join(sorted(encoder.needs | encoder.needs_any))
        raise Skip(f"it needs {needs}; the kit's world has {_columns(train)}")
    return found


def fits(encoder: Encoder, nodes: Nodes) -> bool:
    """Whether they have these columns."""
    names, types = {c.name for c in nodes.columns}, {c.type for c in nodes.columns}
    return encoder.needs <= names and (not encoder.needs_any or bool(encoder.needs_any & types))


def _columns(train: Dataset) -> str:
    """The feature columns of the data, in words."""
    named = {n: [f"{c.name} ({c.type})" for c in train.nodes(n).columns] for n in ("user", "item")}
    return "; ".join(f"{node}: {', '.join(names)}" for node, names in named.items())
