"""`--set a.b.0.c=VALUE`: any field of a recipe from the command line, checked like the rest of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recbox.recipe.decoding import clean
from recbox.recipe.parsing import DEPTH, parse
from recbox.recipe.place import Findings, Place, Text
from recbox.recipe.tree import Node

NAME = "--set"
"""What places in arguments are called; their line is the argument's number."""


def settings(sets: Sequence[str], findings: Findings) -> list[tuple[list[str], list[Place], Node]]:
    """For each argument the path, the place of each word of it, and the value."""
    read = [_setting(argument, number, tuple(sets), findings) for number, argument in enumerate(sets, 1)]
    return [setting for setting in read if setting is not None]


def _setting(
    argument: str, number: int, sets: tuple[str, ...], findings: Findings
) -> tuple[list[str], list[Place], Node] | None:
    text = Text(NAME, sets[:number], Path())
    start = Place(text, number, 1)
    if "\n" in argument or "\r" in argument or clean(argument, NAME, Path(), Findings()) is None:
        findings.add(start, "a setting is one line of readable text")
        return None
    path, equals, value = argument.partition("=")
    words = path.split(".")
    if not equals or not all(words) or len(words) > DEPTH:
        findings.add(start, "a setting is written NAME=VALUE", "--set train.optimizer.lr=0.01")
        return None
    node = parse(text, value, findings, after=len(path) + 1)
    if node is None:
        node = Node(None, Place(text, number, len(argument) + 1))
    columns = [1 + sum(len(word) + 1 for word in words[:i]) for i in range(len(words))]
    return words, [Place(text, number, column) for column in columns], node


def apply(root: Node, words: list[str], places: list[Place], value: Node, findings: Findings) -> None:
    """Put `value` where `words` lead in `root`, making what is missing on the way."""
    node = root
    for index, (word, place) in enumerate(zip(words, places)):
        last = index == len(words) - 1
        child = value if last else _child(node, word) or _empty(words[index + 1], place)
        problem = _put(node, word, place, child)
        if problem:
            findings.add(place, problem)
            return
        node = child


def _child(node: Node, word: str) -> Node | None:
    if isinstance(node.value, list):
        index = _index(node, word)
        found = node.value[index] if index is not None and index < len(node.value) else None
    else:
        found = node.mapping.get(word)
    return None if found is None or found.value is None else found


def _empty(next_word: str, place: Place) -> Node:
    return Node([] if next_word == "0" else {}, place)


def _put(node: Node, word: str, place: Place, child: Node) -> str:
    """Enter `child` in `node` under `word`; what is wrong with that, if it can't be done."""
    if isinstance(node.value, dict):
        if node.value.get(word) is not child:
            node.value[word], node.keys[word] = child, place
        return ""
    if not isinstance(node.value, list):
        return f"`{word}` can't be set inside {node.describe()}"
    index = _index(node, word)
    if index is None:
        return f"a list has positions 0 to {len(node.value)}, so `{word}` leads nowhere"
    node.value[index : index + 1] = [child]
    return ""


def _index(node: Node, word: str) -> int | None:
    """A position in a list, or the one after its end."""
    digits = word.isascii() and word.isdigit() and len(word) < 9
    return int(word) if digits and int(word) <= len(node.items) else None
