"""Connections as uvicorn keeps them, with bounds on what comes before a request is whole."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from pydantic_core import to_json
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

HEAD, SECONDS = 64 << 10, 10.0
"""Bytes of a request's head, and how long it may take to arrive."""


class Bounded(HttpToolsProtocol):
    """waiting: since when a request's head is being waited for; None: none is."""

    waiting: float | None = None
    _head = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.waiting = time.monotonic()

    def data_received(self, data: bytes) -> None:
        if self.waiting is not None:
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
        self.waiting = None
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What httptools can't read as a request is answered as everything else is."""
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # nothing more is written behind this
        error = {"where": "request", "what": "the request is malformed", "why": "", "instead": ""}
        body = to_json({"error": error})
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
            "content-security-policy: default-src 'none'\r\nx-content-type-options: nosniff\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


async def close_slow(state: ServerState) -> None:
    """Closes connections whose request doesn't come, for as long as the server runs."""
    while True:
        await asyncio.sleep(SECONDS / 10)
        late = time.monotonic() - SECONDS
        for connection in list(state.connections):
            waiting = getattr(connection, "waiting", None)
            if waiting is not None and waiting < late and connection.transport is not None:
                connection.transport.close()
