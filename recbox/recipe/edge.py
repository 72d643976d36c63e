"""What a recipe says of the graph's edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from recbox.registry.options import Options, mistake

Feature = Literal["weight", "age", "order"]
FEATURES = {
    "interaction": ("weight", "age", "order"),
    "behaviour": ("weight",),
    "user-relation": ("weight",),
    "item-relation": ("weight",),
}
"""What edges of each type may carry."""
AGED = ("age", "order")
"""Features that need times."""
Positive = Annotated[float, Field(gt=0)]
Factor = Annotated[float, Field(ge=1e-6, le=1e6)]
"""What float32 can bear as a factor, with weights and degrees beside it."""

COMPARED = ("categorical", "multi", "numeric")
"""Types of columns by which nodes are compared."""


class Recency(Options):
    """How fast the past fades: a weight that halves with every `half_life` of age."""

    by: Literal["none", "order", "time"] = "none"
    """none: no decay. order: by the place in the user's own history, counted back from the newest.
    time: by days since the newest interaction of all."""
    half_life: Factor = 0.1
    """For order: a share of the user's history. For time: days."""


class Edge(Options):
    """One edge type of the graph."""

    type: Literal["interaction", "behaviour", "user-relation", "item-relation", "knowledge"] = "interaction"
    """Between users and items (behaviour: of one that isn't the target), between users, between items, or
    triples of items and entities."""
    by: str = ""
    """For relations and behaviours: the name in the data; empty takes the only one that fits. For a relation
    that is made: a name of your own, where several are made alike."""
    weight: Literal["none", "value"] = "none"
    """none: every edge counts 1. value: the data's weight (a rating, a count); of an edge that is made, how
    alike its ends are."""
    relation: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """For knowledge: names of the relations that are taken; empty: all."""
    recency: Recency = Recency()
    """For interactions: older ones weigh less."""
    scale: Factor = 1.0
    """A factor on all weights of this type, for layers that see the union of all types. Of a type that is
    alone it cancels under `norm: sym` and `row`, and in gat."""
    feature: Annotated[tuple[Feature, ...], Field(max_length=3)] = ()
    """What edges carry for layers that read it. weight: the data's. age: from 0, the newest of all, to 1.
    order: the place in the user's own history, counted back from the newest, as a share of it."""
    made: Literal["given", "co-occurrence", "nearest"] = "given"
    """For relations. given: one of the data. co-occurrence: items that the same users have (users that have
    the same items), in the training part. nearest: those that are most alike by `columns` or `vectors`."""
    neighbours: Annotated[int, Field(ge=1, le=1000)] = 10
    """For one that is made: each node's most similar others; a node is linked to those that chose it too."""
    similarity: Literal["cosine", "count"] = "cosine"
    """For co-occurrence. count: how many users both have. cosine: that over the root of the product of how
    many each has."""
    columns: tuple[str, ...] = ()
    """For nearest: the columns to compare; none named: every categorical, numeric and multi column."""
    vectors: dict[str, Any] | None = None
    """For nearest, in place of columns: an encoder that starts from given vectors, such as those of texts:
    `{use: sentence-transformer, model: ..., text: "{title}"}`. Nothing of it is learned here."""
    find: Literal["auto", "exact", "faiss"] = "auto"
    """For nearest. exact: all pairs are compared, block by block. faiss: approximately, with faiss. auto:
    faiss above 50,000 nodes, where it is installed."""

    @field_validator("feature")
    @classmethod
    def _once(cls, feature: tuple[Feature, ...]) -> tuple[Feature, ...]:
        if twice := [name for i, name in enumerate(feature) if name in feature[:i]]:
            raise mistake(f"`{twice[0]}` stands twice", instead="each feature once")
        return feature

    @property
    def key(self) -> str:
        """What the graph calls it, `graph[key]`: its type, and where it has a name, or is made, that after a
        dot."""
        name = self.by or ("" if self.made == "given" else self.made)
        return f"{self.type}.{name}" if name else self.type

    @property
    def node(self) -> str:
        """For relations: what they link, `user` or `item`."""
        return self.type.removesuffix("-relation")


USES: dict[str, tuple[str, ...]] = {
    "given": (),
    "co-occurrence": ("neighbours", "similarity"),
    "nearest": ("neighbours", "columns", "vectors", "find"),
}
"""The options that each way of making edges has a use for, and no other way."""


def idle(edge: Edge) -> tuple[str, ...]:
    """Options that would do nothing for an edge."""
    making = dict.fromkeys(name for names in USES.values() for name in names)
    return tuple(name for name in making if name not in USES[edge.made])


def written(edge: Edge) -> dict[str, Any]:
    """As a resolved recipe has it: all options, without those that would do nothing."""
    without = {*idle(edge), *(() if edge.made != "given" else ("made",))}
    without |= set() if edge.type == "knowledge" else {"relation"}
    return {name: value for name, value in edge.values().items() if name not in without}


GIVEN = ("interaction", "knowledge")
"""Types whose structure follows from what an artifact holds of the data."""


def stored(edges: Sequence[Edge]) -> dict[str, str]:
    """By key, what an artifact calls the structure of each edge type that its data doesn't give:
    `1.user-relation`, with its place in the recipe. A name of the user's own may be no tensor's name."""
    return {edge.key: f"{i}.{edge.type}" for i, edge in enumerate(edges) if edge.type not in GIVEN}


def of_data(edge: Edge) -> bool:
    """Whether only data that is real has such edges: what is made in its place has interactions alone."""
    return edge.made == "given" and edge.type != "interaction"


def has_entities(edges: Sequence[Edge]) -> bool:
    """Whether the graph has nodes that are neither users nor items."""
    return any(edge.type == "knowledge" for edge in edges)
