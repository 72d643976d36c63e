"""What a recipe says of the graph's edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, field_validator

from recbox.registry.options import Options, mistake

Feature = Literal["weight", "age", "order"]
FEATURES = {
    "interaction": ("weight", "age", "order"),
    "user-relation": ("weight",),
    "item-relation": ("weight",),
}
"""What edges of each type may carry."""
TIMED = ("age", "order")
"""Features that need times."""
Positive = Annotated[float, Field(gt=0)]


class Recency(Options):
    """How fast the past fades: a weight that halves with every `half_life` of age."""

    by: Literal["none", "order", "time"] = "none"
    """none: no decay. order: by the place in the user's own history, counted back from the newest.
    time: by days since the newest interaction of all."""
    half_life: Positive = 0.1
    """For order: a share of the user's history. For time: days."""


class Edge(Options):
    """One edge type of the graph."""

    type: Literal["interaction", "user-relation", "item-relation", "knowledge"] = "interaction"
    """Between users and items, between users, between items, or triples of items and entities."""
    by: str = ""
    """For relations: the relation's name in the data; empty takes the only one that fits."""
    weight: Literal["none", "value"] = "none"
    """none: every edge counts 1. value: the data's weight (a rating, a count)."""
    relation: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """For knowledge: names of the relations that are taken; empty: all."""
    recency: Recency = Recency()
    """For interactions: older ones weigh less."""
    scale: Positive = 1.0
    """A factor on all weights of this type."""
    feature: Annotated[tuple[Feature, ...], Field(max_length=3)] = ()
    """What edges carry for layers that read it. weight: the data's. age: from 0, the newest of all, to 1.
    order: the place in the user's own history, counted back from the newest, as a share of it."""

    @field_validator("feature")
    @classmethod
    def _once(cls, feature: tuple[Feature, ...]) -> tuple[Feature, ...]:
        if twice := [name for i, name in enumerate(feature) if name in feature[:i]]:
            raise mistake(f"`{twice[0]}` stands twice", instead="each feature once")
        return feature

    @property
    def key(self) -> str:
        """What the graph calls it, `graph[key]`: its type, and where it has a name, that after a dot."""
        return f"{self.type}.{self.by}" if self.by else self.type


GIVEN = ("interaction", "knowledge")
"""Types whose structure follows from what an artifact holds of the data."""


def stored(edges: Sequence[Edge]) -> dict[str, str]:
    """By key, what an artifact calls the structure of each edge type that its data doesn't give:
    `1.user-relation`, with its place in the recipe. A name of the user's own may be no tensor's name."""
    return {edge.key: f"{i}.{edge.type}" for i, edge in enumerate(edges) if edge.type not in GIVEN}


def has_entities(edges: Sequence[Edge]) -> bool:
    """Whether the graph has nodes that are neither users nor items."""
    return any(edge.type == "knowledge" for edge in edges)
