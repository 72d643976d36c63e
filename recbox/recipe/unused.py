"""Settings that mean something for some values of `by` alone: one that nothing would use is a mistake."""

from __future__ import annotations

from recbox.recipe.desk import Desk
from recbox.recipe.tree import Node
from recbox.registry.options import Options, differs

_FOR = (
    ("recency", "half_life", ("order", "time")),
    ("negative", "pool", ("hard",)),
    ("optimizer", "momentum", ("sgd",)),
    ("schedule", "every", ("step", "plateau")),
    ("schedule", "gamma", ("step", "plateau")),
)
"""The block, its setting, and the values of the block's `by` that use it."""


def unused(desk: Desk, whole: Options, node: Node) -> None:
    """Report such settings in the blocks of `whole`, where they differ from their defaults."""
    for block, name, users in _FOR:
        place = node.get(block, name)
        if place is None or block not in type(whole).model_fields:
            continue
        options = getattr(whole, block)
        if options.by not in users and differs(options, name):
            what = f"`{name}` is for {' and '.join(users)}; `{options.by}` would not use it"
            desk.findings.add(place.place, what)
