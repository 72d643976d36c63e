"""The door: only sound structures reach a kernel, where a wrong one is a crash or a wrong number."""

from __future__ import annotations

import numpy as np

from recbox.data.ordering import pieces
from recbox.errors import KernelError
from recbox.graph.csr import CSR
from recbox.scratch import MEMORY, Scratch

LARGEST = 2**31 - 1
"""Nodes that an index space may have: ids then fit int32, and a product of two of them fits int64."""


def check(csr: CSR, where: str = "graph") -> CSR:
    """A sound copy of `csr`: int64 indices, float32 weights, of its own; or a KernelError.

    Sound means: `indptr` starts at 0, never falls and ends at the number of edges; `indices` lie in
    [0, columns) and rise strictly within a row, or stay where `edge["relation"]` rises; weights and what
    else is known of edges are finite; `reverse` names for each edge i – j an edge j – i of the same weight.
    """
    indptr = _whole(csr.indptr, where, "indptr")
    indices = _whole(csr.indices, where, "indices", csr.scratch)
    columns = _columns(csr.columns, where)
    _indptr(indptr, len(indices), where)
    edge = {name: _edge(array, len(indices), where, name) for name, array in csr.edge.items()}
    _indices(indptr, indices, columns, where, edge.get("relation"))
    weight = None if csr.weight is None else _weight(csr.weight, len(indices), where, csr.scratch)
    reverse = None
    if csr.reverse is not None:
        reverse = _whole(csr.reverse, where, "reverse", csr.scratch)
        _reverse(reverse, indptr, indices, columns, weight, where)
    return CSR(indptr, indices, weight, reverse, columns, edge, csr.scratch)


def _whole(array: object, where: str, name: str, scratch: Scratch = MEMORY) -> np.ndarray:
    """A one-dimensional int64 copy."""
    if not isinstance(array, np.ndarray) or array.ndim != 1:
        raise KernelError(
            f"{name} is not a one-dimensional numpy array", where=where, why=f"it is {_kind(array)}"
        )
    if array.dtype.kind not in "iu":
        raise KernelError(f"{name} does not hold integers", where=where, why=f"its type is {array.dtype}")
    if array.dtype.kind == "u" and array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise KernelError(f"{name} holds a number above 2^63 - 1", where=where)
    return scratch.copy(array, np.int64)


def _columns(columns: object, where: str) -> int:
    if isinstance(columns, bool) or not isinstance(columns, int | np.integer):
        raise KernelError("columns is not an integer", where=where, why=f"it is {_kind(columns)}")
    if not 0 <= columns <= LARGEST:
        raise KernelError(f"columns is {columns}", where=where, why=f"it must lie between 0 and {LARGEST}")
    return int(columns)


def _indptr(indptr: np.ndarray, edges: int, where: str) -> None:
    if not 1 <= len(indptr) <= LARGEST:
        raise KernelError(
            f"indptr has length {len(indptr)}",
            where=where,
            why=f"it needs rows + 1 numbers, at most {LARGEST}",
        )
    if indptr[0] != 0:
        raise KernelError(f"indptr starts at {indptr[0]}", where=where, why="it must start at 0")
    falls = indptr[1:] < indptr[:-1]
    if falls.any():
        row = int(falls.argmax())
        raise KernelError(
            f"indptr falls from {indptr[row]} to {indptr[row + 1]}", where=f"{where}, row {row}"
        )
    if indptr[-1] != edges:
        raise KernelError(f"indptr ends at {indptr[-1]}", where=where, why=f"there are {edges} edges")


def _edge(array: object, edges: int, where: str, name: str) -> np.ndarray:
    """A copy of what is known of each edge: int64 where it holds integers, else float32."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu" or array.ndim not in (1, 2):
        raise KernelError(f"{name!r} of edges is not an array of numbers", where=where)
    if len(array) != edges:
        raise KernelError(
            f"{name!r} has the shape {array.shape}", where=where, why=f"there are {edges} edges"
        )
    if name == "relation" and (array.dtype.kind == "f" or array.ndim != 1):
        raise KernelError("`relation` is not a list of integers", where=where)
    if not np.isfinite(array).all():
        raise KernelError(f"{name!r} of edges holds numbers that are not finite", where=where)
    return np.array(array, dtype=np.float32 if array.dtype.kind == "f" else np.int64, order="C")


def _indices(
    indptr: np.ndarray, indices: np.ndarray, columns: int, where: str, relation: np.ndarray | None
) -> None:
    if len(indices) and not (indices.min() >= 0 and indices.max() < columns):
        edge = int(((indices < 0) | (indices >= columns)).argmax())
        raise KernelError(
            f"edge {edge} points to node {indices[edge]}",
            where=_row(where, indptr, edge),
            why=f"nodes: {columns}",
        )
    stuck = indices[1:] <= indices[:-1]
    if relation is not None:
        stuck &= ~((indices[1:] == indices[:-1]) & (relation[1:] > relation[:-1]))
    starts = indptr[1:-1]
    stuck[starts[(starts > 0) & (starts < len(indices))] - 1] = False
    if stuck.any():
        edge = int(stuck.argmax()) + 1
        what = "repeats" if indices[edge] == indices[edge - 1] else "does not rise at"
        raise KernelError(f"the row {what} node {indices[edge]}", where=_row(where, indptr, edge))


def _weight(weight: object, edges: int, where: str, scratch: Scratch) -> np.ndarray:
    if not isinstance(weight, np.ndarray) or weight.dtype.kind not in "fiu":
        raise KernelError("weight is not an array of numbers", where=where, why=f"it is {_kind(weight)}")
    if weight.shape != (edges,):
        raise KernelError(f"weight has the shape {weight.shape}", where=where, why=f"there are {edges} edges")
    with np.errstate(over="ignore"):
        narrow = scratch.copy(weight, np.float32)
    finite = np.isfinite(narrow)
    if not finite.all():
        edge = int((~finite).argmax())
        raise KernelError(
            f"the weight of edge {edge} is {weight[edge]}", where=where, why="float32 can't hold it"
        )
    return narrow


def _reverse(
    reverse: np.ndarray,
    indptr: np.ndarray,
    indices: np.ndarray,
    columns: int,
    weight: np.ndarray | None,
    where: str,
) -> None:
    if len(indptr) - 1 != columns:
        raise KernelError("reverse needs as many rows as columns", where=where, instead="leave reverse out")
    if len(reverse) != len(indices):
        raise KernelError(
            f"reverse has length {len(reverse)}", where=where, why=f"there are {len(indices)} edges"
        )
    if len(reverse) and not (reverse.min() >= 0 and reverse.max() < len(indices)):
        raise KernelError("reverse points outside the edges", where=where)
    rows = np.repeat(np.arange(columns, dtype=np.int32), np.diff(indptr))
    for piece in pieces(len(reverse)):
        back = reverse[piece]
        wrong = (rows[back] != indices[piece]) | (indices[back] != rows[piece])
        if wrong.any():
            edge = piece.start + int(wrong.argmax())
            raise KernelError(
                f"reverse of edge {edge} is not the edge {indices[edge]} – {rows[edge]}",
                where=_row(where, indptr, edge),
            )
    if weight is not None and (weight[reverse] != weight).any():
        edge = int((weight[reverse] != weight).argmax())
        raise KernelError(
            f"edge {edge} weighs {weight[edge]}, its opposite {weight[reverse[edge]]}",
            where=_row(where, indptr, edge),
            instead="leave reverse out: the structure is not symmetric",
        )


def _row(where: str, indptr: np.ndarray, edge: int) -> str:
    return f"{where}, row {int(np.searchsorted(indptr, edge, side='right')) - 1}"


def _kind(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} with {value.ndim} dimensions"
    return f"a {type(value).__name__}"
