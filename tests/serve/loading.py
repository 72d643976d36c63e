"""Clients that ask without a pause, and remember what came of it."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any


class Load:
    """count: answers by status, and what went wrong otherwise, by its kind: `lost` is a request on a kept
    connection without an answer, `refused` a connection that wasn't made."""

    def __init__(self, port: int, clients: int, ask: Callable[[int], tuple[str, Any]]) -> None:
        self.port, self.ask, self.going = port, ask, True
        self.count: Counter[Any] = Counter()
        self.told: list[tuple[Any, Any]] = []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(clients)]
        for thread in self.threads:
            thread.start()

    def _run(self, client: int) -> None:
        number = client
        while self.going:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            with contextlib.suppress(OSError):
                connection.connect()
            if connection.sock is None:
                self._add("refused")
                time.sleep(0.01)
                continue
            while self.going and connection.sock is not None:
                self._one(connection, number)
                number += len(self.threads)
            connection.close()

    def _one(self, connection: http.client.HTTPConnection, number: int) -> None:
        path, body = self.ask(number)
        try:
            connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
            found = connection.getresponse()
            text = found.read()
        except (OSError, http.client.HTTPException):
            self._add("lost")
            connection.close()
            return
        self._add(found.status)
        with self.lock:
            self.told.append((body, json.loads(text)))
        if found.getheader("connection") == "close":
            connection.close()

    def _add(self, what: Any) -> None:
        with self.lock:
            self.count[what] += 1

    def stop(self) -> None:
        self.going = False
        for thread in self.threads:
            thread.join(60)


@contextlib.contextmanager
def load(port: int, clients: int, ask: Callable[[int], tuple[str, Any]]) -> Iterator[Load]:
    found = Load(port, clients, ask)
    try:
        yield found
    finally:
        found.stop()
