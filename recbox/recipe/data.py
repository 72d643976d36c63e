"""The blocks `data` and `graph`."""

from __future__ import annotations

from recbox.recipe.behaviour import Target
from recbox.recipe.blocks import Clean, Drawing, Fallback, Split
from recbox.recipe.desk import Desk, Placed
from recbox.recipe.draft import DataDraft
from recbox.recipe.edge import FEATURES, Edge
from recbox.recipe.place import Place
from recbox.recipe.profiling import read_profiles
from recbox.recipe.relating import check_edge, check_names
from recbox.recipe.tree import Node, given
from recbox.recipe.unused import unused

DATA = ("source", "target", "profile", "fallback", "clean", "split", "seed")


def read_data(desk: Desk, root: Node) -> DataDraft:
    """Source, profiles, fallback, cleaning and split."""
    node = given(root, "data")
    if node is None:
        desk.findings.add(root.place, "`data` is missing", "data: {source: {use: NAME}}")
        return DataDraft()
    if not desk.mapping(node, "`data`", DATA):
        return DataDraft()
    fallback = node.mapping.get("fallback")
    chosen = desk.value(Fallback, fallback, "fallback", "`data`") if fallback else Fallback()
    named = node.mapping.get("target")
    target = desk.value(Target, named, "target", "`data`") if named else Target()
    seed = node.mapping.get("seed")
    drawing = desk.value(Drawing, seed, "seed", "`data`") if seed else Drawing()
    split = desk.block(Split, given(node, "split"), "`split`")
    if split is not None:
        _shares(desk, split, node)
    return DataDraft(
        _source(desk, node),
        chosen.fallback if chosen else None,
        desk.block(Clean, given(node, "clean"), "`clean`"),
        split,
        drawing,
        read_profiles(desk, node),
        target.target if target else None,
    )


def _shares(desk: Desk, split: Split, node: Node) -> None:
    place = (node.get("split", "test") or node.get("split", "valid") or node).place
    if split.by not in ("given", "leave-last") and split.valid + split.test >= 1:
        desk.findings.add(
            place, "`valid` and `test` leave nothing to train on: together they must be below 1"
        )
    if split.by != "given" and split.valid_by != "random":
        place = (node.get("split", "valid_by") or node).place
        desk.findings.add(place, f"`valid_by` is for `by: given`, and this is {split.by}", "leave it out")
    if split.by != "given" and split.test == 0:
        desk.findings.add(place, "`test: 0` leaves nothing to judge by", "test: 0.2")


def _source(desk: Desk, node: Node) -> Placed | None:
    source = node.mapping.get("source")
    if source is not None:
        return desk.part("source", source)
    names = ", ".join(desk.registry.names("source"))
    desk.findings.add(node.place, "`source` is missing: it names the data set", f"one of: {names}")
    return None


def read_edges(desk: Desk, root: Node) -> tuple[list[tuple[Edge, Node]], bool]:
    """The edge types of the graph, and whether all could be read; interactions alone where none are given."""
    graph = given(root, "graph")
    if graph is not None and not desk.mapping(graph, "`graph`", ("edge",)):
        return [], False
    node = given(graph, "edge") if graph else None
    if node is None:
        return [(Edge(), root)], True
    nodes = desk.listed(node, "`edge`")
    if nodes is not None and not nodes:
        desk.findings.add(node.place, "a graph has at least one edge type", "edge: [interaction]")
    read = [(edge, n) for n in nodes or () if (edge := _edge(desk, n)) is not None]
    twice(desk, [(edge.key, n.place) for edge, n in read], "edge type")
    check_names(desk, read)
    for edge, n in read:
        check_edge(desk, edge, n)
        _carried(desk, edge, n)
        if edge.type == "interaction":
            unused(desk, edge, n)
        _known(desk, edge, n)
    return read, len(read) == len(nodes or ())


def _edge(desk: Desk, node: Node) -> Edge | None:
    if isinstance(node.value, str):
        return desk.value(Edge, node, "type", "an edge")
    return desk.block(Edge, node, "an edge")


def _known(desk: Desk, edge: Edge, node: Node) -> None:
    """Report what knowledge has no use for, and what only knowledge has."""
    by, relation, weight = node.get("by"), node.get("relation"), node.get("weight")
    if by and edge.type == "knowledge" and edge.by:
        what = "`by` picks one of several relations of the data, and there is one knowledge graph"
        desk.findings.add(by.place, what, "relation: [NAME, ...], or remove it")
    if relation and edge.type != "knowledge" and edge.relation:
        what = "`relation` names relations of a knowledge graph"
        desk.findings.add(relation.place, what, "type: knowledge, or remove it")
    elif relation:
        twice(desk, [(name, child.place) for name, child in zip(edge.relation, relation.items)], "relation")
    if weight and edge.type == "knowledge" and edge.weight != "none":
        desk.findings.add(weight.place, "triples have no weights", "weight: none")


def _carried(desk: Desk, edge: Edge, node: Node) -> None:
    """Report features that edges of this type can't carry."""
    allowed = FEATURES.get(edge.type, ())
    if (place := node.get("feature")) and (wrong := [n for n in edge.feature if n not in allowed]):
        what = f"edges of type `{edge.type}` can't carry `{wrong[0]}`"
        desk.findings.add(place.place, what, f"feature: [{', '.join(allowed)}]" if allowed else "remove it")


def twice(desk: Desk, named: list[tuple[str, Place]], what: str, instead: str = "") -> None:
    """Report names that stand twice in one list."""
    first: dict[str, Place] = {}
    for name, place in named:
        if name and name in first:
            said = f"the {what} `{name}` stands twice: the first is at {first[name]}"
            desk.findings.add(place, said, instead)
        first.setdefault(name, place)
