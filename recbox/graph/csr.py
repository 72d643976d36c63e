"""Compressed sparse rows, sorted, each edge in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from recbox.scratch import MEMORY, Scratch


@dataclass(frozen=True)
class CSR:
    """Row i receives from `indices[indptr[i]:indptr[i + 1]]`, ascending and without repetition.

    indptr: int64 `[rows + 1]`; indices: int64 `[edges]`; weight: float32 `[edges]` or None (all 1);
    reverse: int64 `[edges]`, the position of the opposite edge (None where the structure isn't symmetric);
    edge: what else is known of each edge, by name: arrays of `edges` numbers or rows. With one called
    `relation` (integers) a pair may be there once for each relation, the relations ascending. scratch: where
    what is made of these lies.
    """

    indptr: np.ndarray
    indices: np.ndarray
    weight: np.ndarray | None = None
    reverse: np.ndarray | None = None
    columns: int = 0
    """How many nodes `indices` may point to."""
    edge: Mapping[str, np.ndarray] = field(default_factory=dict)
    scratch: Scratch = MEMORY

    @property
    def rows(self) -> int:
        return len(self.indptr) - 1

    @property
    def edges(self) -> int:
        return len(self.indices)


def symmetric(a: np.ndarray, b: np.ndarray, nodes: int, weight: np.ndarray | None = None) -> CSR:
    """Both directions of the edges a[j] – b[j] (int64 node indices, a != b, no pair twice), sorted.

    weight: float32 `[len(a)]`, the same for both directions.
    """
    m = len(a)
    target, source = np.concatenate([a, b]), np.concatenate([b, a])
    order = np.argsort(target * np.int64(nodes) + source, kind="stable")
    position = np.empty(2 * m, dtype=np.int64)
    position[order] = np.arange(2 * m)
    opposite = (order + m) % (2 * m) if m else order
    indptr = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(target, minlength=nodes), out=indptr[1:])
    both = None if weight is None else np.concatenate([weight, weight])[order].astype(np.float32)
    return CSR(indptr, source[order].astype(np.int64), both, position[opposite], nodes)
