"""Drawing batches while the device learns from the one before."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")
DEPTH = 2
"""Batches that wait."""


def ahead(batches: Iterator[T], depth: int = DEPTH) -> Iterator[T]:
    """The same, one by one, made by a thread of their own up to `depth` in advance; what is raised while they
    are made is raised here, in its turn. The thread ends with the last of them, or when nobody asks on."""
    made: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(depth)
    left = threading.Event()
    worker = threading.Thread(target=_fill, args=(batches, made, left), daemon=True, name="batches")
    worker.start()
    try:
        while True:
            batch, error = made.get()
            if error is not None:
                if isinstance(error, StopIteration):
                    return
                raise error
            yield batch  # type: ignore[misc]
    finally:
        left.set()
        with contextlib.suppress(queue.Empty):
            while True:
                made.get_nowait()
        worker.join()


def _fill(batches: Iterator[T], made: queue.Queue, left: threading.Event) -> None:
    while not left.is_set():
        try:
            made.put((next(batches), None))
        except BaseException as error:  # the end among it
            made.put((None, error))
            return
