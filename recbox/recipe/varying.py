"""A recipe with other values at some of its paths, as plain data: what each trial of a search is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from itertools import pairwise
from typing import Any

KEPT = ("use", "repeat", "weight")
"""What stays beside another plugin: all else are options of the old one."""


def ordered(paths: Iterable[str]) -> list[str]:
    """Plugins before their options, else as they come."""
    return sorted(paths, key=lambda path: path.rpartition(".")[2] != "use")


def vary(resolved: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A resolved recipe without its `search` and with `values` by path, which were checked with it."""
    varied = deepcopy({name: value for name, value in resolved.items() if name != "search"})
    for path in ordered(values):
        _enter(varied, path.split("."), values[path])
    return varied


def _enter(root: dict[str, Any], words: list[str], value: Any) -> None:
    node: Any = root
    for word, after in pairwise(words):
        child = _child(node, word)
        if child is None:
            child = [] if after == "0" else {}
            _put(node, word, child)
        node = child
    if words[-1] == "use" and isinstance(node, dict) and node.get("use") not in (None, value):
        for name in [name for name in node if name not in KEPT]:
            del node[name]
    _put(node, words[-1], deepcopy(value))


def _child(node: Any, word: str) -> Any:
    if isinstance(node, list):
        return node[int(word)] if int(word) < len(node) else None
    return node.get(word)


def _put(node: Any, word: str, value: Any) -> None:
    if isinstance(node, list):
        node[int(word) : int(word) + 1] = [value]
    else:
        node[word] = value
