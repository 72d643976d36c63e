"""Whether the parts fit, before any data is read: edges, columns, parts, negatives, widths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from recbox.context import Context
from recbox.errors import RecboxError
from recbox.recipe.blocks import Edge
from recbox.recipe.desk import Desk, Parts, Placed
from recbox.recipe.draft import Draft, StageDraft
from recbox.recipe.tree import Node
from recbox.recipe.width import check_widths

T = TypeVar("T")

TIMED = ("user-time", "leave-last", "time")
"""Splits that need to know when."""


def check_wiring(desk: Desk, draft: Draft, context: Context) -> None:
    """Report parts that do not fit, as far as those that could be read allow."""
    _data(desk, draft, context)
    for layer in read(draft.layer):
        _layer(desk, layer, draft)
    for stage in draft.stage:
        _negatives(desk, stage)
    _supervised(desk, draft)
    check_widths(desk, draft, ask)


def read(parts: Parts) -> Iterator[Placed]:
    """Those of a list that could be read."""
    return (part for part in parts if part is not None)


def ask(desk: Desk, placed: Placed, what: str, question: Callable[[Any], T]) -> T | None:
    """An answer of a plugin's options; one that fails is a mistake at the plugin's place."""
    try:
        return question(placed.part.options)
    except RecboxError as error:
        where = f" ({error.where})" if error.where else ""
        desk.findings.add(placed.place, f"{error.what}{where}", error.instead)
    except Exception as error:
        said = f"the {placed.part.kind} {placed.part.label!r} can't tell its {what}"
        desk.findings.add(
            placed.place, f"{said}: {type(error).__name__}: {error}", "tell the plugin's author"
        )
    return None


def _data(desk: Desk, draft: Draft, context: Context) -> None:
    source, split = draft.data.source, draft.data.split
    if source is None:
        return
    provides = ask(desk, source, "columns", lambda o: o.provides(context))
    if provides is None or not provides.complete:
        return
    by = split.by if split else ""
    name = source.part.label
    place = (draft.root.get("data", "split", "by") or source.node).place
    if by in TIMED and not provides.time:
        desk.findings.add(place, f"the split `{by}` needs times, and {name} has none", "by: user-random")
    if by == "given" and not provides.part:
        desk.findings.add(place, f"the split `given` needs parts that the data brings, and {name} has none")
    _edges(desk, draft.edge, provides.edges, name)
    for type, coder in draft.encoder.items():
        for part in read(coder.part):
            _columns(desk, part, type, provides.columns.get(type, {}), name)


def _edges(desk: Desk, edges: Sequence[tuple[Edge, Node]], known: frozenset[str], source: str) -> None:
    for edge, node in edges:
        if edge.type not in known:
            has = ", ".join(sorted(known)) or "none"
            desk.findings.add(node.place, f"{source} has no edges of type `{edge.type}`; it has {has}")


def _columns(desk: Desk, part: Placed, type: str, columns: dict[str, str], source: str) -> None:
    needs = ask(desk, part, "needed columns", lambda o: sorted(o.needs))
    for column in needs or ():
        if column not in columns:
            place = _mention(part.node, column) or part
            what = f"{source} has no column {column!r} for {type}s"
            desk.findings.unknown(place.place, column, what, sorted(columns))


def _mention(node: Node, word: str) -> Node | None:
    """The node below `node` that says `word`, so that the caret stands at the column's name."""
    for child in [*node.mapping.values(), *node.items]:
        if child.value == word:
            return child
        if found := _mention(child, word):
            return found
    return None


def _layer(desk: Desk, layer: Placed, draft: Draft) -> None:
    there = {edge.type for edge, _ in draft.edge}
    for type in ask(desk, layer, "edge types", lambda o: sorted(o.edges)) or ():
        if type not in there and draft.edges:
            what = f"the layer {layer.part.label!r} needs edges of type `{type}`"
            desk.findings.add(layer.place, what, f"add {type} to graph.edge")


def _negatives(desk: Desk, stage: StageDraft) -> None:
    count = stage.training.negative.count if stage.training else 1
    given = stage.node.get("negative", "count") if stage.node else None
    for term in read(stage.objective):
        wants = ask(desk, term, "negatives", lambda o: o.negatives)
        if wants == "one" and count != 1:
            what = f"the objective {term.part.label!r} takes one negative for each positive, not {count}"
            desk.findings.add((given or term).place, what, "count: 1")


def _supervised(desk: Desk, draft: Draft) -> None:
    """At least one term, somewhere, that learns from the interactions."""
    terms = [term for stage in draft.stage for term in stage.objective]
    named = list(read(terms))
    answers = [ask(desk, t, "supervision", lambda o: bool(o.supervised)) for t in named]
    if not named or None in terms or None in answers:
        return
    if not any(answer and t.part.weight > 0 for answer, t in zip(answers, named)):
        names = ", ".join(dict.fromkeys(t.part.label for t in named))
        what = f"nothing in the loss learns from interactions: {names} alone can't recommend"
        desk.findings.add(named[0].place, what, "add a supervised term, such as {use: bpr}")
