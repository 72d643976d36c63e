"""`extends:` mappings merge, lists replace, and places stay with the file that each value came from."""

from __future__ import annotations

from pathlib import Path

from recbox.recipe.parsing import parse
from recbox.recipe.place import Findings, shown
from recbox.recipe.shipping import fetch, locate
from recbox.recipe.tree import Node

DEPTH = 16


def extend(root: Node, path: Path | None, findings: Findings) -> Node | None:
    """`root` over all that it extends; None where a base can't be read, which is reported."""
    chain = [] if path is None else [path.resolve()]
    layers = [root]
    while (asked := layers[-1].mapping.get("extends")) is not None and asked.value is not None:
        base = _base(asked, chain, findings)
        if base is None:
            return None
        layers.append(base)
    merged = layers.pop().without(["extends"])
    while layers:
        merged = merge(merged, layers.pop().without(["extends"]))
    return merged


def _base(asked: Node, chain: list[Path], findings: Findings) -> Node | None:
    if not isinstance(asked.value, str) or not asked.value:
        findings.add(asked.place, f"`extends` is the path or the name of a recipe, not {asked.describe()}")
        return None
    path = locate(asked.value, asked.place.text.folder)
    try:
        target = path.resolve()
    except (OSError, ValueError, RuntimeError):
        target = path
    if target in chain or len(chain) >= DEPTH:
        files = " → ".join(shown(p.name) for p in (*chain, target))
        findings.add(asked.place, f"recipes that extend each other in a circle, or too deep: {files}")
        return None
    chain.append(target)
    read = fetch(asked.value, path, findings, asked.place)
    tree = parse(*read, findings) if read else None
    if tree is not None and not isinstance(tree.value, dict):
        findings.add(tree.place, f"a recipe is a mapping, not {tree.describe()}")
        return None
    if tree is None and read and not findings.found:
        findings.add(asked.place, "the recipe that this one extends is empty")
    return tree


def merge(base: Node, over: Node) -> Node:
    """`over` laid on `base`. A mapping that names another plugin replaces: options belong to a plugin."""
    if not (isinstance(base.value, dict) and isinstance(over.value, dict)) or _other_plugin(base, over):
        return over
    entries, keys = dict(base.value), dict(base.keys)
    for name, node in over.value.items():
        entries[name] = merge(entries[name], node) if name in entries else node
        keys[name] = over.keys[name]
    return Node(entries, over.place, keys)


def _other_plugin(base: Node, over: Node) -> bool:
    old, new = base.mapping.get("use"), over.mapping.get("use")
    return old is not None and new is not None and old.value != new.value
