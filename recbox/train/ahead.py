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
    """The same, one by one, made by a thread of their own; `depth` wait to be asked for, while one more is
    made. What is raised while they are made is raised here, in its turn. The thread ends with the last of
    them, or when nobody asks on."""
    made: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(depth)
    left = threading.Event()
    worker = threading.Thread(target=_fill, args=(batches, made, left), daemon=True, name="batches")
    worker.start()
    try:
        while True:
            batch, error = made.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield batch  # type: ignore[misc]
    finally:
        batch = error = None  # else an error and this frame would keep each other, and the last batch
        left.set()
        with contextlib.suppress(queue.Empty):
            while True:
                made.get_nowait()
        if threading.current_thread() is not worker:  # where the collector runs, there this may end
            worker.join()


def _fill(batches: Iterator[T], made: queue.Queue, left: threading.Event) -> None:
    while not left.is_set():
        try:
            made.put((next(batches), None))
        except BaseException as error:  # the end among it
            made.put((None, error))
            return
