"""What a part is told when it is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.data import Dataset
    from recbox.kernel import Graph


@dataclass(frozen=True)
class Spec:
    """The place that a part takes in a recommender.

    node: the node type (`user`, `item`) for an encoder; empty elsewhere.
    count: how many nodes the part serves (of its type for an encoder, all of them for a layer).
    width: columns of the vectors that come in (0 for an encoder).
    dim: columns of the vectors that go out.
    train: the training part of the data; it holds all users, items and features, and no held-out interaction.
    graph: the training graph.
    """

    node: str
    count: int
    width: int
    dim: int
    train: Dataset
    graph: Graph
    context: Context
