"""A recipe as values that know where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from recbox.recipe.place import Place, short
from recbox.recipe.scalars import Scalar


@dataclass
class Node:
    """A scalar, a list of nodes, or a mapping of names to nodes; `keys` tells where each name stands."""

    value: Scalar | list[Node] | dict[str, Node]
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)

    @property
    def mapping(self) -> dict[str, Node]:
        """Its entries; none if it is no mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """Its elements; none if it is no list."""
        return self.value if isinstance(self.value, list) else []

    def get(self, *path: str) -> Node | None:
        """The node under a path of names, or None."""
        node: Node | None = self
        for name in path:
            node = node.mapping.get(name) if node else None
        return node

    def without(self, names: Iterable[str]) -> Node:
        """The same mapping, less some names."""
        left = {k: v for k, v in self.mapping.items() if k not in set(names)}
        return Node(left, self.place, self.keys)

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {k: v.plain() for k, v in self.value.items()}
        return [v.plain() for v in self.value] if isinstance(self.value, list) else self.value

    def describe(self) -> str:
        """The value in a few words, for a message."""
        return describe(self.plain())


def planted(value: Any, place: Place) -> Node:
    """Plain data as if a recipe said it at `place`."""
    if isinstance(value, dict):
        return Node({k: planted(v, place) for k, v in value.items()}, place, dict.fromkeys(value, place))
    return Node([planted(v, place) for v in value] if isinstance(value, list | tuple) else value, place)


def describe(value: Any) -> str:
    """A plain value in a few words, for a message."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return f"the text {short(value)}" if isinstance(value, str) else f"the number {value}"


def given(node: Node, name: str) -> Node | None:
    """The node under `name`; a block that is left empty, or is null, counts as not given."""
    found = node.mapping.get(name)
    return None if found is None or found.value is None else found
