"""The weighted union of edge types: one structure for layers that don't tell types apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from recbox.graph.csr import CSR


def unite(edges: Mapping[str, CSR], scale: Mapping[str, float]) -> tuple[CSR, dict[str, np.ndarray | None]]:
    """The union of sound, square structures; where two types have the same pair, weights times scale add.

    A pair that a type has by several relations counts as often. Also the int64 position of each type's edges
    in the union, None where the union is the only type.
    """
    if len(edges) == 1 and "relation" not in next(iter(edges.values())).edge:
        ((name, csr),) = edges.items()
        return replace(csr, weight=_scaled(csr, scale.get(name, 1.0))), {name: None}
    first = next(iter(edges.values()))
    nodes = first.columns
    keys = [_keys(csr) for csr in edges.values()]
    union, place = np.unique(np.concatenate(keys), return_inverse=True)
    place = place.reshape(-1)
    ends = np.cumsum([0, *map(len, keys)])
    position = {name: place[ends[i] : ends[i + 1]] for i, name in enumerate(edges)}
    indptr = np.searchsorted(union, np.arange(nodes + 1, dtype=np.int64) * nodes)
    weight = _weights(edges, scale, position, len(union))
    lay = first.scratch.lay
    reverse = _reverse(edges, position, len(union))
    union = lay(union % nodes)
    reverse = None if reverse is None else lay(reverse)
    return CSR(indptr, union, weight, reverse, nodes, scratch=first.scratch), dict(position)


def _keys(csr: CSR) -> np.ndarray:
    return np.repeat(np.arange(csr.rows, dtype=np.int64), np.diff(csr.indptr)) * csr.columns + csr.indices


def _scaled(csr: CSR, scale: float) -> np.ndarray | None:
    if scale == 1.0:
        return csr.weight
    return np.float32(scale) * (np.ones(csr.edges, np.float32) if csr.weight is None else csr.weight)


def _weights(
    edges: Mapping[str, CSR], scale: Mapping[str, float], position: Mapping[str, np.ndarray], n: int
) -> np.ndarray | None:
    total = np.zeros(n, dtype=np.float32)
    for name, csr in edges.items():
        part = _scaled(csr, scale.get(name, 1.0))
        np.add.at(total, position[name], np.float32(1.0) if part is None else part)
    return None if (total == 1.0).all() else total


def _reverse(edges: Mapping[str, CSR], position: Mapping[str, np.ndarray], n: int) -> np.ndarray | None:
    """The opposite edges; None as soon as one type has none."""
    reverse = np.empty(n, dtype=np.int64)
    for name, csr in edges.items():
        if csr.reverse is None:
            return None
        reverse[position[name]] = position[name][csr.reverse]
    return reverse
