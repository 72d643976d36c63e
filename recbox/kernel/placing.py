"""Writing rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import torch

_mode = Lock()
"""The mode is the process's: two threads that put it back in turn would leave it as neither found it."""


def put(table: torch.Tensor, rows: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """`table[rows] = x`, in place: x in the type of the table, rows int64 `[m]`, none twice.

    In a third of the time: by all threads, and 16 bytes at once where rows are made of such. Meanwhile what
    other threads add up on a processor may come in any order.
    """
    if not x.numel():
        return table
    into, given = table.detach(), x.detach()
    if _in_sixteens(into) and _in_sixteens(given):
        into, given = into.view(torch.complex128), given.view(torch.complex128)
    with _in_any_order():
        into.index_copy_(0, rows, given)
    return table


def _in_sixteens(x: torch.Tensor) -> bool:
    """Whether rows are made of 16 bytes each that begin where processors want such numbers to begin."""
    size = x.element_size()
    if x.ndim != 2 or x.stride() != (x.shape[1], 1) or x.data_ptr() % 16:
        return False
    return not any(count * size % 16 for count in (x.shape[1], x.storage_offset()))


@contextmanager
def _in_any_order() -> Iterator[None]:
    """Where a run adds up in one order, to end with the same digits, torch writes with one thread too; where
    no place is written twice it needn't."""
    with _mode:
        before = torch.get_deterministic_debug_mode()
        torch.set_deterministic_debug_mode("default")
        try:
            yield
        finally:
            torch.set_deterministic_debug_mode(before)
