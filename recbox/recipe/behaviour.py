"""The target among behaviours, `data.target`; edges of the others, and whether the source has them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from recbox.recipe.desk import Desk
from recbox.recipe.draft import Draft
from recbox.recipe.edge import Edge
from recbox.recipe.tree import Node
from recbox.registry.options import Options

TYPE = "behaviour"
"""The edge type of behaviours that are not the target."""


class Target(Options):
    """What is recommended for, where the data tells several behaviours."""

    target: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The behaviour that interactions are of (buy): what is split, learned, masked and judged. Each other one
    (view, cart) becomes a relation of users and items, by its name. null: all of them are interactions."""


def check_behaviours(desk: Desk, draft: Draft) -> None:
    """Report edges of behaviours that no target, or the target itself, leaves room for."""
    target, node = draft.data.target, draft.root.get("data", "target")
    if node is not None and draft.data.fallback == "synthetic":
        what = "data that is made has no behaviours, so that nothing could stand in with a target"
        desk.findings.add(node.place, what, "fallback: none")
    for edge, at in draft.edge:
        if edge.type != TYPE:
            continue
        if target is None and node is None:
            what = "edges of type `behaviour` are of those that aren't the target, and `data` names no target"
            desk.findings.add(at.place, what, "data: {target: NAME}, such as buy")
        elif edge.by and edge.by == target:
            what = f"{edge.by!r} is the target, and its edges are of type `interaction`"
            desk.findings.add((at.get("by") or at).place, what, "by: another behaviour, such as view")


def check_supply(desk: Desk, draft: Draft, known: tuple[str, ...] | None, source: str) -> None:
    """Report a target and edges of behaviours that the source is known not to have; None: only reading would
    tell."""
    target, node = draft.data.target, draft.root.get("data", "target")
    if target is None or node is None or known is None:
        return
    if not known:
        way = "give each file of interactions its `behaviour`, or leave `target` out"
        desk.findings.add(node.place, f"{source} tells no behaviours, so that none can be the target", way)
        return
    if target not in known:
        what = f"{source} has no behaviour called {target!r}"
        desk.findings.unknown(node.place, target, what, known)
        return
    for edge, at in draft.edge:
        if edge.type == TYPE and edge.by != target:
            _edge(desk, edge, at, tuple(name for name in known if name != target), source)


def _edge(desk: Desk, edge: Edge, node: Node, others: tuple[str, ...], source: str) -> None:
    if not others:
        what = f"{source} has no behaviour beside the target"
        desk.findings.add(node.place, what, "remove this edge, or add a file of another behaviour")
    elif edge.by and edge.by not in others:
        place = (node.get("by") or node).place
        what = f"{source} has no behaviour called {edge.by!r} beside the target"
        desk.findings.unknown(place, edge.by, what, others)
    elif not edge.by and len(others) > 1:
        what = f"{source} has {len(others)} behaviours beside the target: {', '.join(others)}"
        desk.findings.add(node.place, what, f"{{type: behaviour, by: {others[0]}}}")
