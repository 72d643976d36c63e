"""Whether the source has what the recipe asks of it: times, parts, edges, relations, columns, a shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Protocol

from recbox.context import Context
from recbox.recipe.asking import ask, read
from recbox.recipe.behaviour import TYPE, check_supply
from recbox.recipe.blocks import BY_TIME
from recbox.recipe.desk import Desk, Placed
from recbox.recipe.draft import Draft
from recbox.recipe.edge import AGED, COMPARED, Edge, Recency, of_data
from recbox.recipe.profiling import check_profiles
from recbox.recipe.tree import Node


class Supply(Protocol):
    """What a source's `provides` gives: `recbox.plugin.Provides`, which is of a room above this one."""

    @property
    def edges(self) -> Set[str]: ...
    @property
    def columns(self) -> Mapping[str, Mapping[str, str]]: ...
    @property
    def relations(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def behaviours(self) -> tuple[str, ...] | None: ...
    @property
    def time(self) -> bool: ...
    @property
    def part(self) -> bool: ...


def check_source(desk: Desk, draft: Draft, context: Context) -> None:
    """Report what the source is known to lack; of one that only reading would tell, nothing."""
    source = draft.data.source
    if source is None:
        return
    _fallback(desk, draft, source)
    provides = ask(desk, source, "columns", lambda o: o.provides(context))
    if provides is None or not provides.complete:
        return
    name = source.part.label
    columns = check_profiles(desk, draft.data.profile, provides.columns, name)
    entries = draft.root.get("data", "profile")
    if entries and len(entries.items) != len(draft.data.profile):
        return  # a column whose profile can't be read isn't missing
    _split(desk, draft, provides, source)
    if not provides.time:
        _recency(desk, draft, name)
    check_supply(desk, draft, provides.behaviours, name)
    for edge, node in draft.edge:
        if edge.made == "given" and edge.type != TYPE:
            _edge(desk, edge, node, provides, source)
        elif edge.made == "nearest" and edge.node in columns:
            _compared(desk, edge, node, columns[edge.node], name)
            if read_by := draft.vectors.get(edge.key):
                _columns(desk, read_by, edge.node, columns[edge.node], name)
    for type, coder in draft.encoder.items():
        if type == "entity":
            continue
        for part in read(coder.part):
            _columns(desk, part, type, columns[type], name)
        for term in (term for stage in draft.stage for term in read(stage.objective)):
            _columns(desk, term, type, columns[type], name)
    named = draft.judge.baseline if draft.root.get("evaluate", "baseline") else []
    for part in (*([draft.model] if draft.model else []), *read(named)):
        _named(desk, part, "item", columns["item"], name)
    if draft.judge.evaluate:
        _gap(desk, draft, draft.judge.evaluate.gap, provides.columns.get("user", {}), name)


def _fallback(desk: Desk, draft: Draft, source: Placed) -> None:
    """A stand-in has the shape of a public data set; what is made itself needs none."""
    node = draft.root.get("data", "fallback")
    if node is None or draft.data.fallback != "synthetic" or source.part.label == "synthetic":
        return
    if ask(desk, source, "shape", lambda o: (o.shape(),)) == (None,):
        what = f"{source.part.label} has no public shape that made data could stand in for"
        desk.findings.add(node.place, what, "fallback: none")
    for edge, at in draft.edge:
        if of_data(edge) and edge.type != TYPE:
            what = f"data that is made has no edges of type `{edge.type}`, so that nothing could stand in"
            desk.findings.add(at.place, what, "fallback: none")


def _split(desk: Desk, draft: Draft, provides: Supply, source: Placed) -> None:
    by = draft.data.split.by if draft.data.split else ""
    name = source.part.label
    place = (draft.root.get("data", "split", "by") or source.node).place
    if by in BY_TIME and not provides.time:
        desk.findings.add(place, f"the split `{by}` needs times, and {name} has none", "by: user-random")
    if by == "given" and not provides.part:
        desk.findings.add(place, f"the split `given` needs parts that the data brings, and {name} has none")


def _recency(desk: Desk, draft: Draft, source: str) -> None:
    asked: list[tuple[Recency, Node | None]] = [
        (edge.recency, node) for edge, node in draft.edge if edge.type == "interaction"
    ]
    asked += [(stage.training.recency, stage.node) for stage in draft.stage if stage.training]
    for recency, node in asked:
        by = node.get("recency", "by") if node else None
        if by is not None and recency.by != "none":
            desk.findings.add(by.place, f"recency needs times, and {source} has none", "by: none")
    for edge, node in draft.edge:
        for name in (node.get("feature") or node).items:
            if name.value in AGED and edge.type == "interaction":
                what = f"the edges' `{name.value}` needs times, and {source} has none"
                desk.findings.add(name.place, what, "feature: [weight]")


def _edge(desk: Desk, edge: Edge, node: Node, provides: Supply, placed: Placed) -> None:
    source = placed.part.label
    if edge.type not in provides.edges:
        has = ", ".join(sorted(provides.edges)) or "none"
        what = f"{source} has no edges of type `{edge.type}`; it has {has}"
        desk.findings.add(node.place, what, _asked(placed, edge.type) or "remove it")
        return
    names = provides.relations.get(edge.type)
    if edge.type == "interaction" or names is None:
        return
    if edge.by and edge.by not in names:
        place = (node.get("by") or node).place
        desk.findings.unknown(place, edge.by, f"{source} has no {edge.type} called {edge.by!r}", names)
    elif not edge.by and len(names) > 1:
        what = f"{source} has {len(names)} relations that fit `{edge.type}`: {', '.join(names)}"
        desk.findings.add(node.place, what, f"{{type: {edge.type}, by: {names[0]}}}")


def _asked(source: Placed, edges: str) -> str:
    """How the source would read such edges: it may have an option of their type's name that isn't given."""
    options = source.part.options
    value = getattr(options, edges) if edges in type(options).model_fields else ...
    if value is False:
        return f"`{edges}: true` at the source"
    return f"`{edges}:` at the source, which says what they are read from" if value is None else ""


def _compared(desk: Desk, edge: Edge, node: Node, columns: Mapping[str, str], source: str) -> None:
    """The columns by which nodes are nearest."""
    usable = sorted(name for name, type in columns.items() if type in COMPARED)
    for column in edge.columns:
        if column in usable:
            continue
        place = (_mention(node, column) or node).place
        what = f"{source} has no column {column!r} for {edge.node}s"
        if column in columns:
            what = (
                f"{column!r} of {source} is {columns[column]}, and `columns` compares categories and numbers"
            )
        desk.findings.unknown(place, column, what, usable)
    if not usable and not edge.columns and edge.vectors is None:
        what = f"{source} has no column of {edge.node}s to compare ({', '.join(COMPARED)})"
        desk.findings.add(node.place, what, "made: co-occurrence")


def _columns(desk: Desk, part: Placed, type: str, columns: Mapping[str, str], source: str) -> None:
    """The columns that an encoder of this type, or a term of the loss, needs."""
    term = part.part.kind == "objective"
    _named(desk, part, type, columns, source)
    types = ask(desk, part, "needed columns", lambda o: sorted(o.needs_any_of(type) if term else o.needs_any))
    if types and not set(types) & set(columns.values()):
        what = f"{part.part.label!r} needs a column of {type}s ({' or '.join(types)}), and {source} has none"
        desk.findings.add(part.place, what, "" if term else "use: id")


def _named(desk: Desk, part: Placed, type: str, columns: Mapping[str, str], source: str) -> None:
    """The columns that a part needs by name."""
    term = part.part.kind == "objective"
    needed = ask(desk, part, "needed columns", lambda o: sorted(o.needs_of(type) if term else o.needs))
    types = ask(desk, part, "types of columns", lambda o: sorted(o.types_of(type))) if term and needed else ()
    for column in needed or ():
        place = (_mention(part.node, column) or part).place
        if column not in columns:
            what = f"{source} has no column {column!r} for {type}s"
            desk.findings.unknown(place, column, what, sorted(columns))
        elif types and columns[column] not in types:
            what = f"{column!r} of {source} is {columns[column]}, and {part.part.label!r} reads none of these"
            usable = ", ".join(sorted(name for name, own in columns.items() if own in types))
            desk.findings.add(place, what, usable and f"columns that are {' or '.join(types)}: {usable}")


def _gap(desk: Desk, draft: Draft, gap: Sequence[str], columns: Mapping[str, str], source: str) -> None:
    fitting = sorted(name for name, type in columns.items() if type == "categorical")
    node = draft.root.get("evaluate", "gap")
    for column in gap:
        if node is not None and column not in fitting:
            what = f"{source} has no categorical column {column!r} for users"
            if column in columns:
                what = f"{column!r} of {source} is {columns[column]}, and groups need a categorical column"
            place = (_mention(node, column) or node).place
            desk.findings.unknown(place, column, what, fitting)


def _mention(node: Node, word: str) -> Node | None:
    """The node below `node` that says `word`, so that the caret stands at the column's name."""
    for child in [*node.mapping.values(), *node.items]:
        if child.value == word:
            return child
        if found := _mention(child, word):
            return found
    return None
