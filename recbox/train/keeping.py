"""What the allocator does with memory that a step of training has freed."""

from __future__ import annotations

import contextlib
import ctypes
import os


def keep_memory() -> None:
    """Tell glibc to keep what a step frees for the next step: handing it back to the system and faulting it
    in again, page by page, took a tenth of the time of a LightGCN step on Gowalla; and torch to ask for large
    pages, for sums gather rows from all over a table: another eighth. Elsewhere nothing happens.

    It holds for the whole process from then on. Reading data that may not fit leaves holes that are never
    filled, so that there it is said when training begins.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # torch reads it when it first needs memory
    trim_threshold, mmap_threshold = -1, -3  # of glibc's malloc.h
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for setting in (trim_threshold, mmap_threshold):
            mallopt(setting, 2**31 - 1)
