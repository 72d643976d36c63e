"""The triples of an artifact: `head`, `relation`, `tail`, sorted, each triple once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recbox.data import Knowledge
from recbox.errors import ArtifactError

FILE = "knowledge"
COLUMNS = ("head", "relation", "tail")


def arrays(knowledge: Knowledge) -> dict[str, np.ndarray]:
    """The tensors of `knowledge.safetensors`."""
    return {name: getattr(knowledge, name).astype(np.int32) for name in COLUMNS}


def restore(
    stored: Mapping[str, np.ndarray], nodes: int, relations: tuple[str, ...], where: str
) -> Knowledge:
    """The triples among `nodes` items and entities; an `ArtifactError` where they aren't sound."""
    if set(stored) != set(COLUMNS):
        raise _damaged(where, f"its tensors aren't {', '.join(COLUMNS)}")
    parts = [stored[name] for name in COLUMNS]
    if any(part.ndim != 1 or part.dtype != np.int32 or len(part) != len(parts[0]) for part in parts):
        raise _damaged(where, "its tensors aren't three lists of as many integers")
    head, relation, tail = (part.astype(np.int64) for part in parts)
    for part, count in ((head, nodes), (relation, len(relations)), (tail, nodes)):
        if len(part) and not 0 <= part.min() <= part.max() < count:
            raise _damaged(where, "a node or a relation is out of range")
    order = np.lexsort((tail, relation, head))
    again = (np.diff(np.stack([head, relation, tail])) == 0).all(axis=0).any()
    if (head == tail).any() or again or (order != np.arange(len(order))).any():
        raise _damaged(where, "its triples aren't sorted and each there once, between two nodes")
    return Knowledge(head, relation, tail, relations)


def _damaged(where: str, why: str) -> ArtifactError:
    return ArtifactError("the triples are damaged", where=where, why=why)
