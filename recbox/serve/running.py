"""One serving process: the loop, its signals, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from typing import Any

import torch
import uvicorn

from recbox.errors import RecboxError
from recbox.serve.gate import Gate
from recbox.serve.metrics import Metrics
from recbox.serve.options import Options
from recbox.serve.protocol import Bounded, close_slow
from recbox.serve.routes import routes
from recbox.serve.service import Service

LAME, GRACE = 1.0, 30.0
"""Seconds in which answers close their connections before idle ones are closed, and in which answers end."""
IDLE = 60
"""Seconds that a connection without a request stays open."""


class Server(uvicorn.Server):
    """uvicorn's, with signals and an end of its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(options: Options, listener: socket.socket, metrics: Metrics, alive: int = -1) -> None:
    """Serve until SIGTERM or SIGINT, or until `alive`, a pipe's end, is closed at its other one. A
    `RecboxError` where the artifact or the store can't be opened."""
    torch.set_num_threads(1)
    config = uvicorn.Config(
        _later, http=Bounded, ws="none", lifespan="off", access_log=False, log_level="critical",
        server_header=False, timeout_keep_alive=IDLE, timeout_graceful_shutdown=int(GRACE),
    )  # fmt: skip
    failed: list[BaseException] = []
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_main(config, options, listener, metrics, alive, failed))
    if failed:
        raise failed[0]


async def _main(
    config: uvicorn.Config,
    options: Options,
    listener: socket.socket,
    metrics: Metrics,
    alive: int,
    failed: list[BaseException],
) -> None:
    service = Service(options, metrics)
    gate = Gate(routes(service), options.names, options.token, options.concurrency, seen=metrics.seen)
    config.app, service.inside = gate, lambda: gate.inside
    server = Server(config)
    loop, ending = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stopping, ending, server)
    loop.add_signal_handler(signal.SIGHUP, service.reload)
    if alive >= 0:
        loop.add_reader(alive, _gone, loop, alive, ending)
    work = [
        loop.create_task(_open(service, server, failed)),
        loop.create_task(close_slow(server.server_state)),
        loop.create_task(_drain(service, gate, server, listener, ending)),
    ]
    await server.serve([listener])
    for task in work:
        task.cancel()
    service.close()


async def _open(service: Service, server: Server, failed: list[BaseException]) -> None:
    """Opens the artifact while the server says that it isn't ready, then looks for new ones."""
    try:
        watch = await asyncio.to_thread(service.open)
    except (RecboxError, OSError, MemoryError) as error:
        failed.append(error)
        server.should_exit = True
        return
    await service.watch(watch)


async def _drain(
    service: Service, gate: Gate, server: Server, listener: socket.socket, ending: asyncio.Event
) -> None:
    """When the end comes: nothing that was accepted goes without its answer."""
    await ending.wait()
    service.draining = gate.draining = True
    with contextlib.suppress(OSError):
        listener.listen(0)  # what waits in line is still taken, and no more comes
    until = asyncio.get_running_loop().time() + LAME
    while server.server_state.connections and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(0.02)
    server.should_exit = True


def _stopping(ending: asyncio.Event, server: Server) -> None:
    if ending.is_set():
        server.force_exit = True
    ending.set()


def _gone(loop: asyncio.AbstractEventLoop, alive: int, ending: asyncio.Event) -> None:
    """Whoever started this process is no more."""
    if not os.read(alive, 1):
        loop.remove_reader(alive)
        ending.set()


async def _later(*_: Any) -> None:
    """Stands where the application will be, once there is a loop to make it in."""
