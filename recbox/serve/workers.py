"""Several processes on one socket: started, started again when one dies, and ended together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from types import FrameType

from recbox.errors import OptionError, RecboxError
from recbox.serve.closing import shut
from recbox.serve.log import log
from recbox.serve.metrics import ended, ready, size
from recbox.serve.options import Options

MISTAKE = 2
"""How a process ends whose artifact or store can't be opened."""
TOKEN = "RECBOX_TOKEN"  # noqa: S105
QUICK, PAUSE, GRACE = 5.0, 1.0, 40.0
"""Seconds: a process that ends before `QUICK` is started again after `PAUSE`; all end within `GRACE`."""


class Workers:
    """Processes share the listening socket, and bytes for metrics. Each has the end of a pipe whose other end
    only this process holds, so that none outlives it."""

    def __init__(self, options: Options, listener: socket.socket) -> None:
        self.options, self.listener = options, listener
        self.shared = tempfile.TemporaryFile()  # noqa: SIM115
        self.shared.truncate(size(options.workers))
        self.watched, self.held = os.pipe()
        self.running: dict[int, subprocess.Popen[bytes]] = {}
        self.began: dict[int, float] = {}
        self.ending, self.served = 0, False
        self.told: set[int] = set()
        """Processes that were asked to end."""

    def start(self, row: int) -> None:
        files = [self.listener.fileno(), self.shared.fileno(), self.watched]
        arguments = [self.options.dumped(), str(row), *map(str, files)]
        command = [sys.executable, "-P", "-m", "recbox.serve", *arguments]
        environment = {name: value for name, value in os.environ.items() if name != TOKEN}
        if self.options.token is not None:
            environment[TOKEN] = self.options.token
        self.began[row] = time.monotonic()
        self.running[row] = subprocess.Popen(command, pass_fds=files, env=environment)

    def signal(self, number: int) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(number)

    def end(self) -> None:
        """Ask those to end that weren't asked yet: one may have begun after the others were."""
        for process in self.running.values():
            if process.poll() is None and process.pid not in self.told:
                process.send_signal(signal.SIGTERM)
                self.told.add(process.pid)

    def tend(self) -> None:
        """Start again what died. A `RecboxError` where the artifact can't be opened at the start; later on it
        may be a new one that is damaged, and those who have the old one go on."""
        self.served = self.served or ready(self.shared.fileno(), self.options.workers)
        for row, process in list(self.running.items()):
            code = process.poll()
            if code is None:
                continue
            ended(self.shared.fileno(), row, self.options.workers)
            lived = time.monotonic() - self.began[row]
            if code == MISTAKE and not self.served:
                raise OptionError("the server can't start", instead="the lines above say why")
            log("error", "process ended", worker=row, code=code, seconds=round(lived, 1))
            if lived < QUICK:
                time.sleep(PAUSE)
            if self.ending:
                return
            self.start(row)


def supervise(options: Options, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; SIGHUP goes to each process."""
    workers = Workers(options, listener)

    def end(number: int, frame: FrameType | None) -> None:
        workers.ending += 1
        shut(listener)
        if workers.ending > 1:
            workers.signal(signal.SIGKILL)
        else:
            workers.end()

    def reload(number: int, frame: FrameType | None) -> None:
        workers.signal(signal.SIGHUP)

    handlers = {signal.SIGTERM: end, signal.SIGINT: end, signal.SIGHUP: reload}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        for row in range(options.workers):
            if not workers.ending:
                workers.start(row)
        while not workers.ending:
            workers.tend()
            time.sleep(0.2)
    except RecboxError:
        workers.end()
        raise
    finally:
        listener.close()
        _wait(workers)
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(workers: Workers) -> None:
    """Until all have ended; a second SIGTERM, or too long a wait, ends them at once."""
    until = time.monotonic() + GRACE
    while any(process.poll() is None for process in workers.running.values()):
        workers.end()
        if time.monotonic() > until:
            workers.signal(signal.SIGKILL)
        time.sleep(0.05)
