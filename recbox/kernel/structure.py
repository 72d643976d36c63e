"""A sparse structure on a device, with what kernels derive from it, each derived once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import torch

T = TypeVar("T")


class Structure:
    """Row i receives from `indices[indptr[i]:indptr[i + 1]]`; already validated, never changed.

    indptr: int64 `[n_rows + 1]`; indices: int64 `[edges]`, ascending within a row;
    reverse: int64 `[edges]`, the position of the opposite edge, or None where the structure isn't symmetric.
    """

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
        columns, order = torch.sort(self.indices, stable=True)
        other = Structure(_indptr(columns, self.n_columns), self.rows[order], self.n_rows)
        back = torch.empty_like(order)
        back[order] = torch.arange(self.edges, device=self.device)
        other.__dict__["transposed"] = (self, back)
        return other, order

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


def _indptr(rows: torch.Tensor, count: int) -> torch.Tensor:
    """int64 `[count + 1]`: where the edges of each row begin, once they are sorted by row."""
    indptr = torch.zeros(count + 1, dtype=torch.int64, device=rows.device)
    torch.cumsum(torch.bincount(rows, minlength=count), 0, out=indptr[1:])
    return indptr
