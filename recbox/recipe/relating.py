"""Edges of the graph that are relations: options that don't fit them, and the encoders that they look at."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from recbox.recipe.asking import ask
from recbox.recipe.desk import Desk, Placed
from recbox.recipe.edge import USES, Edge, Recency, idle
from recbox.recipe.tree import Node

FAISS = "pip install 'recbox-graph[faiss]'"


def check_edge(desk: Desk, edge: Edge, node: Node) -> None:
    """Report what is for other types of edges, or for edges that are made in another way."""
    by, recency, found = node.get("by"), node.get("recency"), desk.findings
    if by and edge.type == "interaction" and edge.by:
        what = "`by` names a relation or a behaviour of the data; interactions need no name"
        found.add(by.place, what, "type: behaviour, user-relation or item-relation, or remove it")
    if recency and edge.type != "interaction" and edge.recency != Recency():
        found.add(recency.place, "`recency` is for interactions; other edges don't fade", "remove it")
    made = node.get("made")
    if made and edge.made != "given" and not edge.type.endswith("-relation"):
        what = f"`made` is for relations; the data gives edges of type `{edge.type}`"
        found.add(made.place, what, "type: item-relation or user-relation, or remove it")
        return
    for name in idle(edge):
        if (place := node.get(name)) is not None:
            users = " and ".join(f"`made: {way}`" for way, names in USES.items() if name in names)
            found.add(place.place, f"`{name}` is for {users}; `{edge.key}` would not use it", "remove it")
    _nearest(desk, edge, node)


def check_names(desk: Desk, edges: Sequence[tuple[Edge, Node]]) -> None:
    """Report a relation without a name beside one with a name: it would be the same one again."""
    given = [(edge, node) for edge, node in edges if edge.made == "given" and edge.type != "interaction"]
    for edge, node in given:
        if edge.by or edge.type == "knowledge":
            continue
        if named := [other.by for other, _ in given if other.type == edge.type and other.by]:
            what = f"`{edge.type}` without a name takes the only one that there is, and {named[0]!r} is one"
            instead = f"remove it, or {{type: {edge.type}, by: NAME}} with another name"
            desk.findings.add(node.place, what, instead)


def _nearest(desk: Desk, edge: Edge, node: Node) -> None:
    if edge.columns and edge.vectors is not None and (place := node.get("vectors")):
        what = "nodes are compared by `columns` or by `vectors`, not by both"
        desk.findings.add(place.place, what, "two edges, each with a name (`by:`) of its own")


def check_making(desk: Desk, edges: Sequence[tuple[Edge, Node]]) -> None:
    """Report a package that edges are made with and that isn't there. Where they were made before, nobody
    asks for it."""
    for edge, node in edges:
        if edge.find == "faiss" and find_spec("faiss") is None and (place := node.get("find")):
            desk.findings.add(place.place, "`find: faiss` needs the package faiss", FAISS)


def read_vectors(desk: Desk, edges: Sequence[tuple[Edge, Node]]) -> dict[str, Placed]:
    """By the edges' keys the encoders whose vectors they compare."""
    read: dict[str, Placed] = {}
    for edge, node in edges:
        said = node.get("vectors") if edge.made == "nearest" else None
        if said is None or edge.vectors is None or (placed := desk.part("encoder", said)) is None:
            continue
        if ask(desk, placed, "given vectors", lambda o: bool(o.given)) is False:
            what = f"the encoder {placed.part.label!r} has no vectors before it has learned"
            instead = "an encoder of given vectors that stay as they are, such as those of recbox-text"
            desk.findings.add(placed.place, what, instead)
        read[edge.key] = placed
    return read
