"""Structures from lists of pairs: interactions between users and items, relations in one type, triples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import KernelError
from recbox.graph.csr import CSR, symmetric

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class Related:
    """A structure, and what its list of pairs held besides: edges of a node to itself, pairs given again."""

    csr: CSR
    loops: int
    repeated: int


def interaction_csr(
    user: np.ndarray, item: np.ndarray, users: int, items: int, weight: np.ndarray | None = None
) -> CSR:
    """Users are the nodes 0 … users - 1, items the nodes after them; each pair in both directions.

    user, item: integers, indices within their type. weight: one number a pair, None: every edge counts 1. A
    pair that is there more than once (several behaviours) becomes one edge: without weights it counts 1 like
    any other, with weights these add.
    """
    from scipy.sparse import csr_array

    user, item = _ids(user, users, "user"), _ids(item, items, "item")
    values = _values(weight, user, item)
    one = csr_array((values, (user, item)), shape=(users, items))
    one.sum_duplicates()
    return _mirror(one, None if weight is None else one.data.astype(np.float32))


def pair_csr(a: np.ndarray, b: np.ndarray, nodes: int, weight: np.ndarray | None = None) -> Related:
    """The undirected relation a[j] – b[j] over `nodes` nodes; a – b and b – a are the same pair.

    Edges of a node to itself are left out and counted. Repeated pairs are merged and counted: without weights
    they stay one edge of weight 1, with weights these add.
    """
    a, b = _ids(a, nodes, "a"), _ids(b, nodes, "b")
    values = _values(weight, a, b)
    real = a != b
    low, high = np.minimum(a, b)[real], np.maximum(a, b)[real]
    pair, place = np.unique(low * np.int64(max(nodes, 1)) + high, return_inverse=True)
    merged = None if weight is None else np.bincount(place.reshape(-1), values[real], minlength=len(pair))
    csr = symmetric(pair // max(nodes, 1), pair % max(nodes, 1), nodes, merged)
    loops = int(len(a) - real.sum())
    return Related(csr, loops, len(a) - loops - len(pair))


def triple_csr(head: np.ndarray, relation: np.ndarray, tail: np.ndarray, nodes: int, relations: int) -> CSR:
    """Each triple as two edges: the head receives from the tail by its relation r, and the tail from the head
    by r + relations. Edges are sorted by row, index and `edge["relation"]`.

    head, tail: integers below `nodes`; relation: below `relations`. No triple twice, none of a node and
    itself.
    """
    head, tail = _ids(head, nodes, "head"), _ids(tail, nodes, "tail")
    relation, m = _ids(relation, relations, "relation"), len(head)
    row, index = np.concatenate([head, tail]), np.concatenate([tail, head])
    kind = np.concatenate([relation, relation + relations])
    order = np.lexsort((kind, index, row))
    position = np.empty(2 * m, dtype=np.int64)
    position[order] = np.arange(2 * m)
    opposite = (order + m) % (2 * m) if m else order
    indptr = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, minlength=nodes), out=indptr[1:])
    return CSR(indptr, index[order], None, position[opposite], nodes, {"relation": kind[order]})


def shifted(csr: CSR, offset: int, total: int) -> CSR:
    """The same structure as the nodes `offset` … of an index space of `total` nodes."""
    if total == csr.rows:
        return csr
    before = np.zeros(offset, dtype=np.int64)
    after = np.full(total - offset - csr.rows, csr.edges, dtype=np.int64)
    return replace(
        csr, indptr=np.concatenate([before, csr.indptr, after]), indices=csr.indices + offset, columns=total
    )


def _mirror(one: csr_array, weight: np.ndarray | None) -> CSR:
    """Both directions of a users × items matrix. Its transpose is made by counting, without a sort."""
    from scipy.sparse import csr_array

    (users, items), edges = one.shape, one.nnz
    numbered = csr_array((np.arange(edges, dtype=np.int64), one.indices, one.indptr), shape=one.shape).tocsc()
    place = numbered.data  # where each item-side edge has its opposite among the user-side edges
    back = np.empty(edges, dtype=np.int64)
    back[place] = np.arange(edges, 2 * edges)
    indptr = np.concatenate([one.indptr.astype(np.int64), numbered.indptr[1:].astype(np.int64) + edges])
    indices = np.concatenate([one.indices.astype(np.int64) + users, numbered.indices.astype(np.int64)])
    both = None if weight is None else np.concatenate([weight, weight[place]])
    return CSR(indptr, indices, both, np.concatenate([back, place]), users + items)


def _ids(ids: np.ndarray, count: int, name: str) -> np.ndarray:
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise KernelError(
            f"{name} is {ids.dtype} with {ids.ndim} dimensions", why="a list of integers belongs here"
        )
    if len(ids) and not (ids.min() >= 0 and ids.max() < count):
        bad = int(((ids < 0) | (ids >= count)).argmax())
        raise KernelError(f"{name} {bad} has the index {ids[bad]}", why=f"there are {count}")
    return ids.astype(np.int64)


def _values(weight: np.ndarray | None, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if len(a) != len(b) or (weight is not None and len(weight) != len(a)):
        raise KernelError("the two ends and the weights of pairs differ in number")
    return np.ones(len(a)) if weight is None else np.asarray(weight, dtype=np.float64)
