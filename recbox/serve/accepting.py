"""A socket that processes share, of which each takes one connection at a time: who is busy takes none."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

PAUSE = 0.5
"""Seconds without new connections when there are as many as the system lets a process have."""


class Server(uvicorn.Server):
    """uvicorn's, with signals and an end of its own, and connections from `listener`.

    Left to itself, the process that wakes first takes all connections that wait, and the others get none.
    """

    def __init__(self, config: uvicorn.Config, listener: socket.socket) -> None:
        super().__init__(config)
        self.listener = listener
        self._opening: set[asyncio.Task[Any]] = set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        self.listener.setblocking(False)
        self._listen()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().remove_reader(self.listener.fileno())
        self.listener.close()
        if self._opening:
            await asyncio.wait(self._opening)
        await super().shutdown(sockets=[])

    def _listen(self) -> None:
        if not self.should_exit:
            asyncio.get_running_loop().add_reader(self.listener.fileno(), self._accept)

    def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            connection, _ = self.listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):  # another process took it
            return
        except OSError:
            loop.remove_reader(self.listener.fileno())
            loop.call_later(PAUSE, self._listen)
            return
        connection.setblocking(False)
        task = loop.create_task(self._opened(connection))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _opened(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # who asked has gone again
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        kind: Any = self.config.http_protocol_class
        found: asyncio.Protocol = kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return found
