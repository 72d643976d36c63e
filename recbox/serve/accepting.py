"""A socket that processes share, of which each takes one connection at a time: who is busy takes none."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from recbox.serve.fault import Refusal
from recbox.serve.protocol import Bounded, written

PAUSE = 0.5
"""Seconds without new connections when there are as many as the system lets a process have."""
REST, LINGER = 1.0, 1.0
"""Seconds that a connection has been idle that may be closed for another; in which one that is refused can be
told so."""


class Server(uvicorn.Server):
    """uvicorn's, with signals and an end of its own, and connections from `listener`, at most `most` at once.
    refused: told of each that was refused.

    Left to itself, the process that wakes first takes all connections that wait, and the others get none.
    """

    def __init__(
        self, config: uvicorn.Config, listener: socket.socket, most: int, refused: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self.listener, self.most, self.refused = listener, most, refused
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
        if not self._room():
            self._refuse(connection)
            return
        task = loop.create_task(self._opened(connection))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def _room(self) -> bool:
        """Whether one more may come; the one that has been idle longest makes room."""
        there = self.server_state.connections
        if len(there) + len(self._opening) < self.most:
            return True
        idle = [(c.idle, c) for c in there if isinstance(c, Bounded) and c.idle is not None]
        since, oldest = min(idle, key=lambda pair: pair[0], default=(None, None))
        if oldest is None or since is None or since > time.monotonic() - REST:
            return False
        oldest.transport.abort()
        return True

    def _refuse(self, connection: socket.socket) -> None:
        self.refused()
        refusal = Refusal(503, "there are too many connections", instead="ask again in a moment", close=True)
        with contextlib.suppress(OSError):  # it takes what fits at once, or has gone again
            connection.send(written(refusal))
            connection.shutdown(socket.SHUT_WR)
        asyncio.get_running_loop().call_later(LINGER, connection.close)

    async def _opened(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # who asked has gone again
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        kind: Any = self.config.http_protocol_class
        found: asyncio.Protocol = kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return found
