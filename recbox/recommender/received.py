"""What nodes that come to a trained graph receive: edges into them, and none out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from recbox.graph import CSR, Layout
from recbox.plugin import NewUsers
from recbox.recommender.carried import FEATURE, of_new_users
from recbox.recommender.edges import Structures

INTERACTION = "interaction"


@dataclass(frozen=True)
class Received:
    """Edges of a type that new nodes receive over: node i's are `indptr[i]:indptr[i + 1]`. source: int64,
    nodes of the graph as it was; weight: float32, looked at where the graph's have weights; edge: what the
    edges carry, as in a `CSR`, zeros where it isn't here."""

    indptr: np.ndarray
    source: np.ndarray
    weight: np.ndarray
    edge: Mapping[str, np.ndarray] = field(default_factory=dict)

    def of(self, i: int) -> Received:
        """What node i has."""
        own = slice(self.indptr[i], self.indptr[i + 1])
        lengths = self.indptr[i : i + 2] - self.indptr[i]
        edge = {name: array[own] for name, array in self.edge.items()}
        return Received(lengths, self.source[own], self.weight[own], edge)


Arriving = Mapping[str, Received]
"""What new nodes receive, by type of edge."""


def nothing(was: Structures, count: int) -> Arriving:
    """Of so many nodes, none has any."""
    none = Received(np.zeros(count + 1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))
    return dict.fromkeys(was.csr, none)


def of_users(was: Structures, new: NewUsers, weight: np.ndarray) -> Arriving:
    """Interactions from their histories, and where they are known all other edges that they had.

    weight: float32, what the interactions count. One that was there in training counts and carries what it
    did then.
    """
    known = np.full(len(new), -1) if new.known is None else new.known
    arriving = {type: _copied(csr, known) for type, csr in was.csr.items() if type != INTERACTION}
    if INTERACTION not in was.csr:
        return arriving
    csr, source = was.csr[INTERACTION], new.item + was.layout.offset("item")
    edge = {FEATURE: of_new_users(was.feature.get(INTERACTION, ()), new)} if FEATURE in csr.edge else {}
    there, place = _found(csr, known[new.row], source)
    old = None if csr.weight is None else csr.weight[place]
    weight = weight if old is None else np.where(there, old, weight).astype(np.float32)
    edge = {name: np.where(there[:, None], csr.edge[name][place], array) for name, array in edge.items()}
    return arriving | {INTERACTION: Received(new.indptr, source, weight, edge)}


def _copied(csr: CSR, rows: np.ndarray) -> Received:
    """The edges into these rows; into -1 there are none."""
    begin, end = (np.where(rows < 0, 0, csr.indptr[at]) for at in (rows, rows + 1))
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(end - begin)])
    place = np.arange(indptr[-1]) + np.repeat(begin - indptr[:-1], end - begin)
    weight = np.ones(len(place), np.float32) if csr.weight is None else csr.weight[place]
    return Received(indptr, csr.indices[place], weight, {n: array[place] for n, array in csr.edge.items()})


def _found(csr: CSR, rows: np.ndarray, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether each pair is an edge, and its place; 0 where it is none. Rows of -1 have none."""
    asked = _copied(csr, np.unique(rows[rows >= 0]))
    own = np.unique(rows[rows >= 0])
    key = np.repeat(own, np.diff(asked.indptr)) * np.int64(csr.columns) + asked.source
    wanted = rows * np.int64(csr.columns) + indices
    at = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
    there = (key[at] == wanted) & (rows >= 0) if len(key) else np.zeros(len(rows), bool)
    begin = csr.indptr[own] - asked.indptr[:-1]
    place = np.where(there, at + np.repeat(begin, np.diff(asked.indptr))[at], 0) if len(key) else at
    return there, place


def grown(was: Structures, node: str, count: int, received: Arriving) -> Structures:
    """The structures with so many new nodes after those of their type."""
    place = was.layout.range(node).stop
    counts = tuple((name, n + count * (name == node)) for name, n in was.layout.counts)
    csr = {type: _inserted(one, place, received[type]) for type, one in was.csr.items()}
    return replace(was, layout=Layout(counts), csr=csr)


def _inserted(csr: CSR, place: int, new: Received) -> CSR:
    """New rows at `place`; the nodes from there on move up by as many."""
    count, at = len(new.indptr) - 1, csr.indptr[place]
    moved: Sequence[np.ndarray] = [np.where(i >= place, i + count, i) for i in (csr.indices, new.source)]
    rows = [csr.indptr[:place], at + new.indptr, csr.indptr[place + 1 :] + new.indptr[-1]]
    weights = None if csr.weight is None else np.insert(csr.weight, at, new.weight)
    zeros = {name: np.zeros((len(new.source), *was.shape[1:]), was.dtype) for name, was in csr.edge.items()}
    edge = {name: np.insert(was, at, {**zeros, **new.edge}[name], axis=0) for name, was in csr.edge.items()}
    indices = np.insert(moved[0], at, moved[1])
    return CSR(np.concatenate(rows), indices, weights, None, csr.columns + count, edge)
