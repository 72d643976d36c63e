"""One serving process: the loop, its signals, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sqlite3
from functools import partial

import torch
import uvicorn

from recbox.errors import DataError
from recbox.serve.accepting import Server
from recbox.serve.closing import shut
from recbox.serve.gate import Gate
from recbox.serve.metrics import Metrics
from recbox.serve.options import Options
from recbox.serve.protocol import Bounded, close_slow
from recbox.serve.routes import routes
from recbox.serve.service import Service

QUIET, LAME, GRACE = 0.2, 1.0, 30.0
"""Seconds in which those who wait in line are taken; in which answers close their connections, before idle
ones are closed; and in which answers end."""
IDLE = 60
"""Seconds that a connection without a request stays open."""
FILES = 128
"""What a process has open beside connections, at most."""


def run(options: Options, listener: socket.socket, metrics: Metrics, alive: int = -1) -> None:
    """Serve until SIGTERM or SIGINT, or until `alive`, a pipe's end, is closed at its other one. A
    `RecboxError` where the artifact or the store can't be opened."""
    torch.set_num_threads(1)
    process = Process(options, listener, metrics)
    with asyncio.Runner(loop_factory=process.config.get_loop_factory()) as runner:
        runner.run(process.signalled(alive))


def _files(connections: int) -> int:
    """How many of these connections the system lets a process have, which is asked to let it have them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):  # then accepting pauses where there are no more
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else max(1, min(connections, soft - FILES))


class Process:
    """`serve` returns when the end has come, which `end` begins."""

    def __init__(self, options: Options, listener: socket.socket, metrics: Metrics) -> None:
        self.listener, self.service = listener, Service(options, metrics)
        self.gate = Gate(
            routes(self.service), options.names, options.token, options.concurrency,
            inside=partial(metrics.put, "inside"), seen=metrics.seen,
        )  # fmt: skip
        self.config = uvicorn.Config(
            self.gate, http=Bounded, ws="none", lifespan="off", access_log=False, log_level="critical",
            server_header=False, timeout_keep_alive=IDLE, timeout_graceful_shutdown=int(GRACE),
        )  # fmt: skip
        most = _files(options.connections)
        self.server = Server(self.config, listener, most, partial(metrics.seen, "other", 503, 0.0))
        self.ending = asyncio.Event()
        self.alone = True
        """Whether the socket is this process's, to be shut when it ends; not one that others go on with."""
        self.failed: BaseException | None = None

    async def signalled(self, alive: int = -1) -> None:
        """`serve`, which signals end, or that whoever holds the other end of a pipe is no more."""
        loop, self.alone = asyncio.get_running_loop(), alive < 0
        # SIGINT comes from a terminal to all of a group: who started this process ends it.
        for number in (signal.SIGTERM, *([signal.SIGINT] if self.alone else [])):
            loop.add_signal_handler(number, self.end)
        loop.add_signal_handler(signal.SIGHUP, self.service.reload)
        if alive >= 0:
            loop.add_reader(alive, self._gone, alive)
        await self.serve()

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        work = [
            loop.create_task(self._open()),
            loop.create_task(close_slow(self.server.server_state)),
            loop.create_task(self._drain()),
        ]
        await self.server.serve()
        for task in work:
            task.cancel()
        self.service.close()
        if self.failed is not None:
            raise self.failed

    def end(self) -> None:
        """Take no more connections, answer what came, and stop; at once when asked again. One of several is
        told by whoever started it and by who ends the group: that is no second time."""
        if self.ending.is_set() and self.alone:
            self.server.force_exit = True
        self.ending.set()

    def _gone(self, alive: int) -> None:
        if not os.read(alive, 1):
            asyncio.get_running_loop().remove_reader(alive)
            self.alone = True  # nobody is left to shut the socket
            self.ending.set()

    async def _open(self) -> None:
        """Opens the artifact while the server says that it isn't ready, then looks for new ones."""
        try:
            watch = await asyncio.to_thread(self.service.open)
        except sqlite3.Error as error:
            where = str(self.service.options.store)
            self.failed = DataError("the store of events can't be read", where=where, why=str(error))
        except Exception as error:  # whatever it is: a server that never gets ready is none
            self.failed = error
        if self.failed is not None:
            self.server.should_exit = True
            return
        await self.service.watch(watch)

    async def _drain(self) -> None:
        """When the end comes: nothing that was accepted goes without its answer."""
        await self.ending.wait()
        self.service.drain()
        self.gate.draining = True
        if self.alone:
            shut(self.listener)
        now = asyncio.get_running_loop().time
        began = now()
        while now() < began + QUIET or (self.server.server_state.connections and now() < began + LAME):
            await asyncio.sleep(0.02)
        self.server.should_exit = True
