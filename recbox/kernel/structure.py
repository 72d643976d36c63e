"""A sparse structure on a device, with what kernels derive from it, each derived once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from torch.nn.functional import pad

if TYPE_CHECKING:
    from scipy.sparse import csr_array

T = TypeVar("T")


class Structure:
    """Row i receives from `indices[indptr[i]:indptr[i + 1]]`; already validated, never changed.

    indptr: int64 `[n_rows + 1]`; indices: int64 `[edges]`, ascending within a row;
    reverse: int64 `[edges]`, the position of the opposite edge, or None where the structure isn't symmetric.
    brief: whether it is there for a product or two, so that a library's own form of it doesn't pay; its
    tensors may be int32.
    """

    brief = False

    def __init__(
        self, indptr: torch.Tensor, indices: torch.Tensor, n_columns: int, reverse: torch.Tensor | None = None
    ) -> None:
        self.indptr, self.indices, self.reverse = indptr, indices, reverse
        self.n_rows, self.n_columns, self.edges = len(indptr) - 1, n_columns, len(indices)
        self.device = indptr.device
        self._cache: dict[object, Any] = {}

    @classmethod
    def of_pairs(
        cls, rows: torch.Tensor, columns: torch.Tensor, n_rows: int, n_columns: int
    ) -> tuple[Structure, torch.Tensor]:
        """The structure of edges in any order (int64 `[edges]` each), its transpose with it, and int64
        `[edges]`, which of them each of its edges is."""
        by_column = torch.argsort(columns.int(), stable=True)  # half the time of int64
        by_row = torch.argsort(rows[by_column].int(), stable=True)
        order = by_column[by_row]
        one = cls(_indptr(rows, n_rows), columns[order], n_columns)
        other = cls(_indptr(columns, n_columns), rows[by_column], n_rows)
        back = torch.empty_like(by_row)
        back[by_row] = torch.arange(len(by_row), device=rows.device)
        # Not the other way round too: a circle would keep all of a step's memory until it is looked for.
        one.__dict__["transposed"] = (other, back)
        return one, order

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

    @cached_property
    def transposed(self) -> tuple[Structure, torch.Tensor]:
        """The transposed structure, and each of its edges' position here; itself where symmetric."""
        if self.reverse is not None:
            return self, self.reverse
        other, order = _turned(self)
        back = torch.empty_like(order)
        back[order] = torch.arange(self.edges, device=self.device)
        other.__dict__["transposed"] = (self, back)
        return other, order

    def at(self, nodes: torch.Tensor) -> tuple[Structure, torch.Tensor]:
        """The structure of some rows (int64 `[m]`), its transpose with it, and which edges these are."""
        if self.device.type == "cpu":
            some, edge = _taken(self.cached("scipy", lambda: _scipy(self)), nodes)
        else:
            count = self.count[nodes]
            edge = runs(self.indptr[nodes], count)[1]
            some = Structure(pad(count.cumsum(0), (1, 0)), self.indices[edge], self.n_columns)
            some.__dict__["transposed"] = _turned(some)
        return some, edge

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
    run = torch.repeat_interleave(torch.arange(len(start), device=start.device), length)
    return run, (start - (length.cumsum(0) - length))[run] + torch.arange(len(run), device=start.device)


def _turned(s: Structure) -> tuple[Structure, torch.Tensor]:
    """The transpose, without a way back, and which edge each of its edges is."""
    if s.device.type == "cpu":
        other, order = _columns(_scipy(s))
        return Structure(other.indptr.long(), other.indices.long(), s.n_rows), order.long()
    columns, order = torch.sort(s.indices, stable=True)
    return Structure(_indptr(columns, s.n_columns), s.rows[order], s.n_rows), order


def _scipy(s: Structure) -> csr_array:
    """scipy's form, for it counts where torch sorts; the entries are the edges' numbers."""
    from scipy.sparse import csr_array

    small = max(s.edges, s.n_rows, s.n_columns) < 2**31
    kind = np.int32 if small else np.int64
    parts = np.arange(s.edges, dtype=kind), s.indices.numpy().astype(kind), s.indptr.numpy().astype(kind)
    return csr_array(parts, shape=(s.n_rows, s.n_columns))


def _taken(whole: csr_array, nodes: torch.Tensor) -> tuple[Structure, torch.Tensor]:
    some = whole[nodes.numpy()]
    edge = torch.from_numpy(some.data)
    structure = Structure(torch.from_numpy(some.indptr), torch.from_numpy(some.indices), whole.shape[1])
    structure.brief = True
    some.data = np.arange(len(edge), dtype=some.data.dtype)
    structure.__dict__["transposed"] = other, _ = _columns(some)  # no circle: see `of_pairs`
    other.brief = True
    return structure, edge


def _columns(some: csr_array) -> tuple[Structure, torch.Tensor]:
    turned = some.tocsc()
    indptr, rows, order = map(torch.from_numpy, (turned.indptr, turned.indices, turned.data))
    return Structure(indptr, rows, some.shape[0]), order


def _indptr(rows: torch.Tensor, count: int) -> torch.Tensor:
    """int64 `[count + 1]`: where the edges of each row begin, once they are sorted by row."""
    indptr = torch.zeros(count + 1, dtype=torch.int64, device=rows.device)
    torch.cumsum(torch.bincount(rows, minlength=count), 0, out=indptr[1:])
    return indptr
