"""A sparse structure on a device, with what kernels derive from it, each derived once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from torch.nn.functional import pad

from recbox.scratch import MEMORY, Scratch

T = TypeVar("T")


class Pointers(NamedTuple):
    """Compressed rows: `[n_rows + 1]` and `[edges]`, of one type."""

    indptr: torch.Tensor
    indices: torch.Tensor


class Structure:
    """Row i receives from `indices[indptr[i]:indptr[i + 1]]`; already validated, never changed.

    indptr: int64 `[n_rows + 1]`; indices: int64 `[edges]`, ascending within a row;
    reverse: int64 `[edges]`, the position of the opposite edge, or None where the structure isn't symmetric.
    brief: whether it is there for a product or two, so that a library's own form of it doesn't pay; then it
    may be of int32. scratch: where what is derived from it lies.
    """

    brief = False

    def __init__(
        self,
        indptr: torch.Tensor,
        indices: torch.Tensor,
        n_columns: int,
        reverse: torch.Tensor | None = None,
        scratch: Scratch = MEMORY,
    ) -> None:
        self.indptr, self.indices, self.reverse, self.scratch = indptr, indices, reverse, scratch
        self.n_rows, self.n_columns, self.edges = len(indptr) - 1, n_columns, len(indices)
        self.device = indptr.device
        self._cache: dict[object, Any] = {}
        self._transposed: tuple[Structure, torch.Tensor] | None = None

    @classmethod
    def of_rows(
        cls, indptr: torch.Tensor, columns: torch.Tensor, n_columns: int
    ) -> tuple[Structure, torch.Tensor]:
        """The structure of rows whose columns (int64 `[edges]`) are in any order, its transpose with it, and
        int64 `[edges]`, which of them each of its edges is."""
        other, by_column = _turned(cls(indptr, columns, n_columns))
        one, by_row = _turned(other)
        back = torch.empty_like(by_row)
        back[by_row] = torch.arange(len(by_row), device=by_row.device)
        # Not the other way round too: a circle would keep all of a step's memory until it is looked for.
        one._transposed = other, back
        return one, by_column[by_row]

    @cached_property
    def count(self) -> torch.Tensor:
        """int64 `[n_rows]`: edges of each row."""
        return self.indptr.diff()

    def degree(self, weight: torch.Tensor | None) -> torch.Tensor:
        """float32 `[n_rows]`: the sum of the weights `[edges]` of each row's edges, 1 each where None."""
        if weight is None:
            return self.count.float()
        return torch.segment_reduce(weight, "sum", offsets=self.indptr, axis=0, unsafe=True)

    @cached_property
    def rows(self) -> torch.Tensor:
        """int64 `[edges]`: the row that each edge belongs to."""
        nodes = torch.arange(self.n_rows, device=self.device)
        return torch.repeat_interleave(nodes, self.count, output_size=self.edges)

    @property
    def transposed(self) -> tuple[Structure, torch.Tensor]:
        """The transposed structure, and each of its edges' position here; itself where symmetric."""
        if self.reverse is not None:
            return self, self.reverse
        if self._transposed is None:
            other, order = _turned(self)
            back = torch.empty_like(order)
            back[order] = torch.arange(self.edges, device=self.device)
            self._transposed, other._transposed = (other, order), (self, back)
        return self._transposed

    def at(self, nodes: torch.Tensor) -> tuple[Structure, torch.Tensor]:
        """The structure of some rows (int64 `[m]`), its transpose with it, and which edges these are: for a
        product or two."""
        count, small = self.count[nodes], self.small
        edge = places(self.indptr[nodes], count)
        indptr = pad(count.cumsum(0), (1, 0)).to(small.indptr.dtype)
        some = Structure(indptr, small.indices[edge], self.n_columns)
        other, order = _turned(some)
        some._transposed = other, order  # no circle: see `of_rows`
        some.brief = other.brief = True
        return some, edge

    @property
    def small(self) -> Pointers:
        """The same row pointers and indices as int32, where that has room: there is less to read."""
        return self.cached("small", self._small)

    def _small(self) -> Pointers:
        kind = torch.int32 if max(self.edges, self.n_rows, self.n_columns) < 2**31 else torch.int64
        if kind == self.indices.dtype:
            return Pointers(self.indptr, self.indices)
        return Pointers(self.indptr.to(kind), self.scratch.lay_tensor(self.indices.to(kind)))

    def cached(self, key: object, make: Callable[[], T]) -> T:
        """What `make` returns, made once for this structure: a library's own form of it."""
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]

    def keep(self, mask: torch.Tensor) -> tuple[Structure, torch.Tensor, torch.Tensor]:
        """The structure of the edges in `mask` (bool `[edges]`, alike for both directions), without a sort.

        Also the int64 positions of the edges that stay, and int64 `[edges + 1]`: how many stay before each.
        """
        kept = mask.nonzero().squeeze(1)
        before = torch.zeros(self.edges + 1, dtype=torch.int64, device=self.device)
        torch.cumsum(mask, 0, out=before[1:])
        reverse = None if self.reverse is None else before[self.reverse[kept]]
        return Structure(before[self.indptr], self.indices[kept], self.n_columns, reverse), kept, before


def runs(start: torch.Tensor, length: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Of runs that begin at `start` (int64 `[m]` each): of each place in them, whose it is, and the place."""
    return torch.repeat_interleave(torch.arange(len(start), device=start.device), length), places(
        start, length
    )


def places(start: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
    """The places in these runs, one run after the other."""
    first = torch.repeat_interleave(start - (length.cumsum(0) - length), length)
    return first.add_(torch.arange(len(first), device=start.device))


def _turned(s: Structure) -> tuple[Structure, torch.Tensor]:
    """The transpose, without a way back, and which edge each of its edges is."""
    if s.device.type == "cpu":
        return _counted(s)
    columns, order = torch.sort(s.indices, stable=True)
    return Structure(_indptr(columns, s.n_columns), s.rows[order], s.n_rows), order


def _counted(s: Structure) -> tuple[Structure, torch.Tensor]:
    """The same by scipy, which counts where torch sorts: in a fifth of the time."""
    from scipy.sparse import csr_array

    indptr, indices = (pointer.numpy() for pointer in s.small)
    number = np.arange(s.edges, dtype=indices.dtype)
    turned = csr_array((number, indices, indptr), shape=(s.n_rows, s.n_columns)).tocsc()
    parts = (torch.from_numpy(a).to(s.indices.dtype) for a in (turned.indptr, turned.indices, turned.data))
    indptr, rows, order = parts
    return Structure(indptr, rows, s.n_rows), order


def _indptr(rows: torch.Tensor, count: int) -> torch.Tensor:
    """int64 `[count + 1]`: where the edges of each row begin, once they are sorted by row."""
    indptr = torch.zeros(count + 1, dtype=torch.int64, device=rows.device)
    torch.cumsum(torch.bincount(rows, minlength=count), 0, out=indptr[1:])
    return indptr
