"""The block `search`: what `recbox tune` tries, every value of it read at the place where it would stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from recbox.recipe.blocks import Range
from recbox.recipe.desk import Desk
from recbox.recipe.parsing import DEPTH
from recbox.recipe.place import Findings, Place, short
from recbox.recipe.recipe import Space
from recbox.recipe.setting import apply
from recbox.recipe.spanning import check_range, probes
from recbox.recipe.tree import Node
from recbox.recipe.varying import KEPT, ordered

MOST = 256
"""Values that are named, in all."""

FIXED = {
    "recbox": "it is the version of the format",
    "name": "it changes nothing",
    "extends": "what a recipe builds on is settled before",
    "search": "it is the search itself",
    "seed": "another seed is luck, not a setting",
    "data": "all trials are judged on the same data",
    "evaluate": "all trials are judged by the same measure",
}
"""Blocks that can't be searched, and why."""

Probe = Callable[[Node], Findings]
"""What is wrong with a recipe's tree."""


@dataclass(frozen=True)
class _Entry:
    """A path with its words and their places, and the values to read there."""

    path: str
    words: list[str]
    places: list[Place]
    space: Space
    values: list[Node]


def read_search(desk: Desk, root: Node, node: Node, probe: Probe) -> dict[str, Space]:
    """The spaces by path; null takes that of a base away. Each value is read in the recipe's place, all other
    paths at their first value."""
    if not isinstance(node.value, dict):
        what = f"`search` is a mapping of paths to what is tried there, not {node.describe()}"
        desk.findings.add(node.place, what, "search: {train.optimizer.lr: [0.001, 0.01]}")
        return {}
    named = {path: value for path, value in node.value.items() if value.value is not None}
    read = [_entry(desk, path, value, node.keys[path]) for path, value in named.items()]
    entries = _apart(desk, [entry for entry in read if entry is not None])
    if sum(len(e.values) for e in entries) > MOST:
        desk.findings.add(node.place, f"`search` names more than {MOST} values", "use ranges, or fewer")
    else:
        _try(desk, root.without(["search"]), node, entries, probe)
    return {entry.path: entry.space for entry in entries}


def _entry(desk: Desk, path: str, node: Node, place: Place) -> _Entry | None:
    words = path.split(".")
    if not all(words) or len(words) > DEPTH:
        desk.findings.add(place, f"{short(path)} is no path", "train.optimizer.lr, or layer.0.use")
        return None
    if words[0] in FIXED:
        desk.findings.add(place, f"`{words[0]}` can't be searched: {FIXED[words[0]]}")
        return None
    space = _space(desk, path, node)
    if space is None:
        return None
    return _Entry(path, words, _places(path, words, place), space, probes(node, space))


def _space(desk: Desk, path: str, node: Node) -> Space | None:
    if isinstance(node.value, list):
        return _choices(desk, node)
    if isinstance(node.value, dict):
        given = desk.block(Range, node, f"the range of {short(path)}")
        return Space(range=given) if given and check_range(desk, given, node) else None
    what = f"what is tried at {short(path)} is a list of values or a range, not {node.describe()}"
    desk.findings.add(node.place, what, "[0.001, 0.01], or {by: log, low: 0.0001, high: 0.01}")
    return None


def _choices(desk: Desk, node: Node) -> Space | None:
    if not node.items:
        desk.findings.add(node.place, "there is nothing to choose from", "[0.001, 0.01]")
        return None
    seen: dict[str, Place] = {}
    for item in node.items:
        key = json.dumps(item.plain())
        if key in seen:
            desk.findings.add(item.place, f"the value stands twice: the first is at {seen[key]}")
        seen.setdefault(key, item.place)
    return Space(choices=tuple(item.plain() for item in node.items))


def _places(path: str, words: list[str], place: Place) -> list[Place]:
    """Where each word of a path stands; all at its beginning where it is written with escapes."""
    line = place.text.lines[place.line - 1] if place.line <= len(place.text.lines) else ""
    quoted = line[place.column - 1 : place.column] in ("'", '"')
    start = place.column + quoted
    if line[start - 1 : start - 1 + len(path)] != path:
        return [place] * len(words)
    offsets = [sum(len(word) + 1 for word in words[:i]) for i in range(len(words))]
    return [Place(place.text, place.line, start + offset) for offset in offsets]


def _apart(desk: Desk, entries: list[_Entry]) -> list[_Entry]:
    """Those that lie within no other; the rest is reported, for one would undo the other."""
    kept = []
    for inner in entries:
        outer = next((o for o in entries if o is not inner and inner.words[: len(o.words)] == o.words), None)
        if outer is None:
            kept.append(inner)
            continue
        what = f"{short(inner.path)} lies within {short(outer.path)}, which is searched too"
        desk.findings.add(inner.places[0], what, "search one of the two")
    return kept


def _try(desk: Desk, root: Node, node: Node, entries: list[_Entry], probe: Probe) -> None:
    """Report what is wrong with each value, and was right without it."""
    own = set(_inside(node)) | {place for entry in entries for place in entry.places}
    known = {(place, what) for place, what, _ in desk.findings.found}
    first: dict[str, Node] = {}
    by_path = {entry.path: entry for entry in entries}
    order = ordered(by_path)

    def wrong(entry: _Entry, value: Node) -> bool:
        tree, found = copied(root), Findings()
        chosen = first | {entry.path: value}
        for path in (path for path in order if path in chosen):
            enter(tree, by_path[path].words, by_path[path].places, chosen[path], found)
        found = found if found.found else probe(tree)
        news = [f for f in found.found if f[:2] not in known]
        for place, what, instead in news:
            inside = place in own
            said = what if inside else f"with this value: {what} (at {place})"
            if entry.space.range and "whole number" in what:
                instead = "by: int, or by: log-int"
            desk.findings.add(place if inside else value.place, said, instead)
        return bool(news)

    for path in order:
        value = by_path[path].values[0]
        if not wrong(by_path[path], value):
            first[path] = value
    for path in order:
        for value in by_path[path].values[1:]:
            wrong(by_path[path], value)


def enter(root: Node, words: list[str], places: list[Place], value: Node, findings: Findings) -> None:
    """Put a value where `words` lead. Another plugin under `use` takes the options of the old one away."""
    if words[-1] == "use":
        part: Node | None = root
        for word in words[:-1]:
            part = _step(part, word) if part else None
        old = part.mapping.get("use") if part else None
        if part is not None and isinstance(part.value, dict) and old and old.value != value.value:
            for name in [name for name in part.value if name not in KEPT]:
                del part.value[name]
    apply(root, words, places, value, findings)


def _step(node: Node, word: str) -> Node | None:
    if word.isascii() and word.isdigit() and len(word) < 9 and int(word) < len(node.items):
        return node.items[int(word)]
    return node.mapping.get(word)


def copied(node: Node) -> Node:
    """A tree of the same places that may be changed."""
    if isinstance(node.value, dict):
        return Node({k: copied(v) for k, v in node.value.items()}, node.place, dict(node.keys))
    if isinstance(node.value, list):
        return Node([copied(v) for v in node.value], node.place)
    return node


def _inside(node: Node) -> Iterator[Place]:
    """Every place in a tree."""
    yield node.place
    yield from node.keys.values()
    for inner in (*node.mapping.values(), *node.items):
        yield from _inside(inner)
