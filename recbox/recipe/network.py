"""The graph parts: `encoder`, `layer`, `head`."""

from __future__ import annotations

from recbox.recipe.blocks import Fusing
from recbox.recipe.desk import Desk, Parts, Placed
from recbox.recipe.draft import CoderDraft
from recbox.recipe.tree import Node, given

TYPES = ("user", "item", "entity")


def default_part(name: str, root: Node) -> Node:
    """The node of a part that a recipe leaves out: `{use: name}`, at the recipe's beginning."""
    return Node({"use": Node(name, root.place)}, root.place, {"use": root.place})


def read_encoder(desk: Desk, root: Node, entities: bool | None) -> dict[str, CoderDraft]:
    """The encoders of users and items, and of entities where the graph has them; `id` where none is given.

    entities: None where edge types could not be read, so that it isn't known.
    """
    node = given(root, "encoder")
    if node is not None:
        desk.mapping(node, "`encoder`", TYPES)
        if entities is False and "entity" in node.mapping:
            what = "the graph has no entities, which edges of type `knowledge` bring"
            desk.findings.add(node.keys["entity"], what, "add knowledge to graph.edge, or remove `entity`")
    read = {}
    for type in TYPES if entities else TYPES[:2]:
        own = given(node, type) if node else None
        read[type] = _coder(desk, own or default_part("id", root), type)
    return read


def _coder(desk: Desk, node: Node, type: str) -> CoderDraft:
    if not {"part", "fuse"} & set(node.mapping):
        return CoderDraft("sum", [desk.part("encoder", node)], node)
    desk.mapping(node, f"`{type}` with `part`", ("fuse", "part"))
    fuse = node.mapping.get("fuse")
    how = desk.value(Fusing, fuse, "fuse", f"`{type}`") if fuse else Fusing()
    if "part" not in node.mapping:
        desk.findings.add(node.place, "`part` is missing: the list of encoders to fuse")
        return CoderDraft("sum", [None], node)
    parts = read_parts(desk, "encoder", node.mapping["part"], "`part`")
    if not parts:
        desk.findings.add(node.mapping["part"].place, "there is nothing to fuse", "part: [{use: id}]")
    return CoderDraft(how.fuse if how else "sum", parts if how else [*parts, None], node)


def read_parts(desk: Desk, kind: str, node: Node, owner: str, names: bool = False) -> Parts:
    """A list of parts; `names`: a bare name may stand for one."""
    nodes = desk.listed(node, owner)
    if nodes is None:
        return [None]
    return [desk.named(kind, n) if names else desk.part(kind, n) for n in nodes]


def read_layers(desk: Desk, root: Node) -> Parts:
    """The layers; none is a matrix factorisation."""
    node = given(root, "layer")
    return [] if node is None else read_parts(desk, "layer", node, "`layer`")


def read_head(desk: Desk, root: Node) -> Placed | None:
    """The head; `dot` where none is given."""
    return desk.part("head", given(root, "head") or default_part("dot", root))
