"""Connections as uvicorn keeps them, with bounds on what comes before a request is whole."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from recbox.serve.fault import Refusal

HEAD, SECONDS, PATIENCE = 64 << 10, 10.0, 20.0
"""Bytes of a request's head, how long it may take to arrive, and how long a client may take nothing of what
is written."""


class Bounded(HttpToolsProtocol):
    """waiting: since when a request's head is being waited for, or the rest of a body that was answered
    already; None: nothing is. stuck: since when what is written is still to be taken, where there is much of
    it, or the connection is to close."""

    waiting: float | None = None
    stuck: float | None = None
    _head = 0
    _rested = 0.0
    _body = False

    @property
    def idle(self) -> float | None:
        """Since when nothing is asked; None: something is being answered."""
        if self.waiting is not None:
            return self.waiting
        return self._rested if self._answered else None

    @property
    def _answered(self) -> bool:
        return self.cycle is None or bool(self.cycle.response_complete)

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.waiting = time.monotonic()

    def data_received(self, data: bytes) -> None:
        if self.waiting is None and self._answered:
            # Whatever it is, a request is to come of it: uvicorn stops its own clock at the first byte.
            self.waiting, self._head = time.monotonic(), 0
        if self.waiting is not None and not self._body:
            self._head += len(data)
            if self._head > HEAD + len(data):
                self.send_400_response("the head of the request is too large")
                return
        super().data_received(data)

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Who has sent a whole request and says that no more comes gets the answer all the same."""
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            return None
        self.cycle.keep_alive = False
        return True

    def on_message_begin(self) -> None:
        self.waiting, self._head = self.waiting or time.monotonic(), 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.waiting, self._body = None, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._rested = time.monotonic()
        super().on_response_complete()

    def pause_writing(self) -> None:
        self.stuck = time.monotonic()
        super().pause_writing()

    def resume_writing(self) -> None:
        self.stuck = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What httptools can't read as a request is answered as everything else is."""
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # nothing more is written behind this
        refusal = Refusal(400, "the request is malformed", where="request", close=True)
        self.transport.write(written(refusal))
        self.transport.close()


def written(refusal: Refusal) -> bytes:
    """An answer of its own, for a connection on which no request is being answered."""
    headers = {
        "content-type": "application/json",
        "content-length": str(len(refusal.body)),
        "content-security-policy": "default-src 'none'",
        "x-content-type-options": "nosniff",
        **refusal.headers,
    }
    first = f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}"
    lines = [first, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + refusal.body


async def close_slow(state: ServerState) -> None:
    """Closes connections whose request doesn't come, and lets go of those whose answer isn't taken, for as
    long as the server runs."""
    while True:
        await asyncio.sleep(SECONDS / 10)
        for connection in list(state.connections):
            if isinstance(connection, Bounded):
                _close_slow(connection, time.monotonic())


def _close_slow(connection: Bounded, now: float) -> None:
    if connection.transport.is_closing():
        connection.stuck = connection.stuck or now
    if connection.stuck is not None and connection.stuck < now - PATIENCE:
        connection.transport.abort()
    elif connection.waiting is not None and connection.waiting < now - SECONDS:
        connection.transport.close()
