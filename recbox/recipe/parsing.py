"""YAML text to a tree with places, from the parser's events: bounded, and without recursion.

PyYAML's own composer would resolve scalars as YAML 1.1 does, keep the last of two equal keys, expand aliases,
and hide whether a tag was written; its events say all of it.
"""

from __future__ import annotations

from typing import Any

import yaml

from recbox.recipe.place import Findings, Place, Text, short
from recbox.recipe.scalars import Scalar, resolve
from recbox.recipe.tree import Node

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C parser where PyYAML was built with it; the events are the same."""

NODES, DEPTH, KEY = 20_000, 48, 200

_PROBLEMS = {
    "found character that cannot start any token": "put the value in quotes: it begins with a sign",
    "mapping values are not allowed in this context": "a second ': ' on the line: put the value in quotes",
    "mapping values are not allowed here": "a second ': ' on the line: put the value in quotes",
    "could not find expected ':'": "a name without a ':' after it",
    "found unexpected end of stream": "the text ends inside a quoted value",
    "exceeded maximum nesting depth": f"nested more than {DEPTH} deep",
}


class _Stop(Exception):
    """Reading can't go on: the place and the reason."""

    def __init__(self, place: Place, what: str) -> None:
        self.place, self.what = place, what


def parse(text: Text, source: str, findings: Findings, after: int = 0) -> Node | None:
    """The tree of a YAML text, or None where it has none; all mistakes are reported.

    `after`: characters that precede `source` on its last line in `text` (a value given on the command line).
    """
    builder = _Builder(text, findings, after)
    try:
        for event in yaml.parse(source, Loader=Loader):
            builder.take(event)
    except _Stop as stop:
        findings.add(stop.place, stop.what)
        return None
    except yaml.YAMLError as error:
        findings.add(*_syntax(builder, error))
        return None
    return builder.root


def _syntax(builder: _Builder, error: yaml.YAMLError) -> tuple[Place, str]:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or "can't be read")
    place = builder.place(mark) if mark else Place(builder.text, 1, 1)
    context = getattr(error, "context", None)
    if place.text.lines[place.line - 1][place.column - 1 : place.column] == "\t":
        return place, "not YAML: a tab can't stand here: use spaces"
    said = _PROBLEMS.get(problem) or (f"{problem} {context}" if context else problem)
    return place, f"not YAML: {said}"


class _Builder:
    """Takes the parser's events and grows a tree."""

    def __init__(self, text: Text, findings: Findings, after: int) -> None:
        self.text, self.findings, self.after = text, findings, after
        self.root: Node | None = None
        self.open: list[Node] = []
        self.names: list[tuple[str, Place] | None] = []
        """For each open node, the name that waits for its value."""
        self.count = self.documents = 0

    def place(self, mark: Any) -> Place:
        if self.after:
            last = len(self.text.lines)
            end = len(self.text.lines[-1])
            return Place(self.text, last, 1 + (end if mark.line else min(mark.column + self.after, end)))
        line = min(mark.line, len(self.text.lines) - 1)
        column = mark.column if line == mark.line else len(self.text.lines[line])
        return Place(self.text, line + 1, min(column, len(self.text.lines[line])) + 1)

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self._document(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.open.pop()
            self.names.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _Stop(self.place(event.start_mark), "a second document: a recipe is one")

    def _node(self, event: Any) -> None:
        place = self.place(event.start_mark)
        self.count += 1
        if self.count > NODES:
            raise _Stop(place, f"more than {NODES} values: keep data in files of its own")
        if self._wants_name():
            self._name(event, place)
            return
        node = Node(self._value(event, place), place)
        self._marks(event, place)
        self._attach(node)
        if isinstance(node.value, list | dict):
            if len(self.open) == DEPTH:
                raise _Stop(place, f"nested more than {DEPTH} deep")
            self.open.append(node)
            self.names.append(None)

    def _wants_name(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].value, dict) and self.names[-1] is None

    def _name(self, event: Any, place: Place) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise _Stop(place, "a name of a mapping must be a word, not a list, a mapping or an alias")
        self._marks(event, place)
        if len(event.value) > KEY:
            raise _Stop(place, f"a name of {len(event.value)} characters; {KEY} are the most")
        if event.value == "<<" and not event.style:
            self.findings.close(
                place, "merge keys (<<) are not read", "write the values out, or use `extends`"
            )
        self.names[-1] = (event.value, place)

    def _marks(self, event: Any, place: Place) -> None:
        if event.anchor is not None:
            word = "aliases" if isinstance(event, yaml.AliasEvent) else "anchors"
            self.findings.close(place, f"{word} are not read", "write the value out")
        elif event.tag is not None:
            self.findings.close(place, f"tags such as {short(event.tag)} are not read", "remove it")

    def _value(self, event: Any, place: Place) -> Scalar | list[Node] | dict[str, Node]:
        if isinstance(event, yaml.MappingStartEvent):
            return {}
        if isinstance(event, yaml.SequenceStartEvent):
            return []
        return self._scalar(event, place) if isinstance(event, yaml.ScalarEvent) else None

    def _scalar(self, event: Any, place: Place) -> Scalar:
        value: str = event.value
        if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            self.findings.close(place, "a text may not hold U+0000 or half a surrogate pair")
            return None
        if event.style:
            return value
        try:
            return resolve(value)
        except ValueError as error:
            self.findings.close(place, str(error))
            return None

    def _attach(self, node: Node) -> None:
        if not self.open:
            self.root = node
        elif isinstance(self.open[-1].value, list):
            self.open[-1].value.append(node)
        else:
            self._enter(self.open[-1], node)

    def _enter(self, parent: Node, node: Node) -> None:
        waiting, self.names[-1] = self.names[-1], None
        if waiting is None or not isinstance(parent.value, dict):
            return
        name, place = waiting
        if name in parent.value:
            first = parent.keys[name]
            self.findings.add(place, f"`{name}` stands twice: the first is at {first}", "keep one of the two")
            return
        if not (name == "<<" and place in self.findings.faulty):
            parent.value[name], parent.keys[name] = node, place
