"""Events of concurrent requests, written together: one wait for the disk for all that came meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue

from recbox.store import Event, Store

Batch = tuple[Sequence[Event], "Future[int]"]


class Writer:
    """A thread with a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._queue: SimpleQueue[Batch | None] = SimpleQueue()
        self._store = Store(path)
        self._thread = threading.Thread(target=self._run, name="recbox-events", daemon=True)
        self._thread.start()

    def put(self, events: Sequence[Event]) -> Future[int]:
        """How many of them were new, when they are on the disk."""
        done: Future[int] = Future()
        self._queue.put((events, done))
        return done

    def close(self) -> None:
        """When all that was put is on the disk."""
        self._queue.put(None)
        self._thread.join()
        self._store.close()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batches, last = [first], False
            while not self._queue.empty():
                more = self._queue.get()
                if more is None:
                    last = True
                    break
                batches.append(more)
            self._write(batches)
            if last:
                return

    def _write(self, batches: list[Batch]) -> None:
        try:
            counts = self._store.append([events for events, _ in batches])
        except Exception as error:  # a full disk, a locked file: each of them is told, and the next may do
            for _, done in batches:
                done.set_exception(error)
            return
        for (_, done), count in zip(batches, counts):
            done.set_result(count)
