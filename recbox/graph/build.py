"""Structures from lists of pairs: interactions between users and items, relations in one type, triples."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recbox.data.ordering import rows_of
from recbox.errors import KernelError
from recbox.graph.csr import CSR, symmetric
from recbox.scratch import MEMORY, Scratch


@dataclass(frozen=True)
class Related:
    """A structure, and what its list of pairs held besides: edges of a node to itself, pairs given again."""

    csr: CSR
    loops: int
    repeated: int


def interaction_csr(
    user: np.ndarray,
    item: np.ndarray,
    users: int,
    items: int,
    weight: np.ndarray | None = None,
    scratch: Scratch = MEMORY,
) -> CSR:
    """Users are the nodes 0 … users - 1, items the nodes after them; each pair in both directions.

    user, item: integers, indices within their type. weight: one number a pair, None: every edge counts 1. A
    pair that is there more than once (several behaviours) becomes one edge: without weights it counts 1 like
    any other, with weights these add. scratch: where the result lies.
    """
    from scipy.sparse import csr_array

    user, item = _ids(user, users, "user"), _ids(item, items, "item")
    if weight is None and len(user) == len(item):
        return _mirror(*rows_of(user, item, users, items, scratch), items, None, scratch)
    one = csr_array((_values(weight, user, item), (user, item)), shape=(users, items))
    one.sum_duplicates()
    return _mirror(one.indptr, one.indices, items, one.data.astype(np.float32), scratch)


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


def _mirror(
    indptr: np.ndarray, column: np.ndarray, items: int, weight: np.ndarray | None, scratch: Scratch
) -> CSR:
    """Both directions of a users × items matrix. Its transpose is made by counting, without a sort."""
    from scipy.sparse import csr_array

    users, edges = len(indptr) - 1, len(column)
    small = np.int32 if max(2 * edges, users, items) < 2**31 else np.int64
    number = np.arange(edges, dtype=small)
    rows = (number, column.astype(small, copy=False), indptr.astype(small, copy=False))
    turned = csr_array(rows, shape=(users, items)).tocsc()
    place = turned.data  # where each item-side edge has its opposite among the user-side edges
    indices, reverse = (scratch.empty(2 * edges, np.int64) for _ in range(2))
    np.add(column, users, out=indices[:edges])
    indices[edges:] = turned.indices
    reverse[edges:] = place
    number += small(edges)
    reverse[place] = number
    pointer = np.concatenate([indptr.astype(np.int64), turned.indptr[1:].astype(np.int64) + edges])
    both = None if weight is None else scratch.lay(np.concatenate([weight, weight[place]]))
    return CSR(pointer, indices, both, reverse, users + items, scratch=scratch)


def _ids(ids: np.ndarray, count: int, name: str) -> np.ndarray:
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise KernelError(
            f"{name} is {ids.dtype} with {ids.ndim} dimensions", why="a list of integers belongs here"
        )
    if len(ids) and not (ids.min() >= 0 and ids.max() < count):
        bad = int(((ids < 0) | (ids >= count)).argmax())
        raise KernelError(f"{name} {bad} has the index {ids[bad]}", why=f"there are {count}")
    return ids.astype(np.int64, copy=False)


def _values(weight: np.ndarray | None, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if len(a) != len(b) or (weight is not None and len(weight) != len(a)):
        raise KernelError("the two ends and the weights of pairs differ in number")
    return np.ones(len(a)) if weight is None else np.asarray(weight, dtype=np.float64)
