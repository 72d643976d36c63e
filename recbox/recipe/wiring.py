"""Whether the parts fit, before any data is read: the source, the layers, training, widths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from recbox.context import Context
from recbox.recipe.asking import ask, read
from recbox.recipe.behaviour import TYPE, check_behaviours
from recbox.recipe.course import check_course
from recbox.recipe.desk import Desk, Parts, Placed
from recbox.recipe.draft import Draft
from recbox.recipe.pairing import check_meaning
from recbox.recipe.supplying import check_source
from recbox.recipe.width import check_widths


def check_wiring(desk: Desk, draft: Draft, context: Context) -> None:
    """Report parts that do not fit, as far as those that could be read allow."""
    check_behaviours(desk, draft)
    check_source(desk, draft, context)
    for layer in read(draft.layer):
        _edges(desk, layer, draft)
    for stage in draft.stage:
        for term in read(stage.objective):
            _edges(desk, term, draft)
    _entities(desk, draft)
    _unread(desk, draft)
    _carried(desk, draft)
    _scaled(desk, draft)
    check_course(desk, draft)
    _supervised(desk, draft)
    _disturbed(desk, draft)
    _headed(desk, draft)
    check_widths(desk, draft)
    check_meaning(desk, draft)


def _edges(desk: Desk, part: Placed, draft: Draft) -> None:
    there = {edge.type for edge, _ in draft.edge}
    for type in ask(desk, part, "edge types", _needed) or ():
        if type not in there and draft.edges:
            what = f"the {part.part.kind} {part.part.label!r} needs edges of type `{type}`"
            named = "{type: behaviour, by: NAME}" if type == TYPE else type
            desk.findings.add(part.place, what, f"add {named} to graph.edge")


def _needed(options: Any) -> list[str]:
    return sorted(options.edges if options.kind == "layer" else options.of_edges)


def _entities(desk: Desk, draft: Draft) -> None:
    """Of entities nothing is known but which they are."""
    coder = draft.encoder.get("entity")
    for part in read(coder.part) if coder else ():
        if ask(desk, part, "needed columns", lambda o: bool(o.needs or o.needs_any)):
            what = f"entities have no columns, and {part.part.label!r} needs some"
            desk.findings.add(part.place, what, "use: id")
        elif ask(desk, part, "needed history", lambda o: bool(o.by_history)):
            what = f"entities have no interactions, and {part.part.label!r} reads them"
            desk.findings.add(part.place, what, "use: id")


def _unread(desk: Desk, draft: Draft) -> None:
    """Each type beside the interactions is looked at by some layer or term."""
    terms = _terms(draft)
    if draft.model or not draft.stage or None in (*draft.layer, *terms):
        return
    wanted: set[str] = set()
    for term in _counting(terms):
        wanted |= set(ask(desk, term, "edge types", _needed) or ())
    for layer in read(draft.layer):
        only = ask(desk, layer, "edge types", lambda o: (o.only_edges,))
        if only is None or only[0] is None:  # it can't tell, or takes all that there are
            return
        wanted |= set(only[0])
    names = _quoted(read(draft.layer))
    for edge, node in draft.edge:
        if edge.type != "interaction" and edge.type not in wanted:
            why = f"{names} looks at others alone" if names else "there is no layer that messages would pass"
            what = f"edges of type `{edge.type}` would do nothing: {why}"
            desk.findings.add(node.place, what, "remove them, or a layer of the union, such as lightgcn")


def _carried(desk: Desk, draft: Draft) -> None:
    """What edges carry is read by some layer."""
    answers = [layer and ask(desk, layer, "edges", lambda o: bool(o.reads_edges)) for layer in draft.layer]
    if None in answers or any(answers) or not draft.edges:
        return
    for edge, node in draft.edge:
        if edge.feature and (place := node.get("feature")):
            what = "no layer reads what edges carry"
            desk.findings.add(place.place, what, "a layer {use: gat, edge_features: true}, or remove it")


def _scaled(desk: Desk, draft: Draft) -> None:
    """What a type weighs beside the others is for layers that see one graph of them all."""
    typed = [layer and ask(desk, layer, "edge types", lambda o: bool(o.typed)) for layer in draft.layer]
    if not typed or not all(typed):
        return
    what = f"`scale` would do nothing: {_quoted(read(draft.layer))} takes each edge type by itself"
    for edge, node in draft.edge:
        if edge.scale != 1 and (place := node.get("scale")):
            desk.findings.add(place.place, what, "remove it, or a layer of the union, such as lightgcn")


def _terms(draft: Draft) -> Parts:
    """Of all stages."""
    return [term for stage in draft.stage for term in stage.objective]


def _quoted(parts: Iterable[Placed]) -> str:
    """What they are called, each once."""
    return ", ".join(dict.fromkeys(repr(placed.part.label) for placed in parts))


def _supervised(desk: Desk, draft: Draft) -> None:
    """At least one term, somewhere, that learns from the interactions."""
    terms = _terms(draft)
    named = list(read(terms))
    answers = [ask(desk, t, "supervision", lambda o: bool(o.supervised)) for t in named]
    if not named or None in terms or None in answers:
        return
    if not any(answer and t.part.weight > 0 for answer, t in zip(answers, named)):
        names = ", ".join(dict.fromkeys(t.part.label for t in named))
        what = f"nothing in the loss learns from interactions: {names} alone can't recommend"
        desk.findings.add(named[0].place, what, "add a supervised term, such as {use: bpr}")


def _counting(terms: Parts) -> Iterator[Placed]:
    """Those that weigh something in the loss."""
    return (term for term in read(terms) if term.part.weight)


def _disturbed(desk: Desk, draft: Draft) -> None:
    """The main view has the noise of one term."""
    for stage in draft.stage:
        noisy = [t for t in _counting(stage.objective) if ask(desk, t, "noise", lambda o: bool(o.disturbs))]
        for term in noisy[1:]:
            what = f"{term.part.label!r} would add its noise to that of {noisy[0].part.label!r}"
            desk.findings.add(term.place, what, "one of them: the main view is what every term sees")


def _headed(desk: Desk, draft: Draft) -> None:
    """A head that has something to learn is looked at by some term."""
    terms = _terms(draft)
    if draft.head is None or None in terms:
        return
    answers = [ask(desk, term, "scores", lambda o: bool(o.of_scores)) for term in _counting(terms)]
    if not answers or None in answers or any(answers):
        return
    if ask(desk, draft.head, "learning", lambda o: bool(o.learns)):
        names = _quoted(_counting(terms))
        what = f"the head {draft.head.part.label!r} would learn nothing: {names} looks at vectors alone"
        desk.findings.add(draft.head.place, what, "head: {use: dot}, or a term such as {use: bpr}")
