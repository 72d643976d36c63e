"""A serving process from its start to its end: not ready, ready, reloaded, draining."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial

from recbox.serve.app import Pool
from recbox.serve.desk import Desk
from recbox.serve.fault import Refusal
from recbox.serve.log import log
from recbox.serve.metrics import Metrics
from recbox.serve.options import Options
from recbox.serve.version import Version
from recbox.serve.watching import Watch, look, tell_refused
from recbox.serve.writing import Writer

EXPLAINED = 16
"""Explanations that are made or waited for at once, in each process."""


class Service:
    """What paths ask. desk: None before the artifact is open. draining: the end has begun."""

    def __init__(self, options: Options, metrics: Metrics) -> None:
        self.options, self.metrics, self.pool = options, metrics, Pool()
        self.explaining = Pool(1, EXPLAINED)
        """Of their own: a test by deletion takes seconds, and other answers don't."""
        self._desk: Desk | None = None
        self._writer: Writer | None = None
        self.draining = False
        self._asked = asyncio.Event()

    @property
    def ready(self) -> bool:
        return self._desk is not None and not self.draining

    @property
    def desk(self) -> Desk:
        """A `Refusal` before the artifact is open."""
        if self._desk is None:
            raise Refusal(503, "the artifact is being opened", instead="GET /readyz says when it is ready")
        return self._desk

    @property
    def writer(self) -> Writer:
        if self._writer is None:
            raise Refusal(503, "the artifact is being opened", instead="GET /readyz says when it is ready")
        return self._writer

    def open(self) -> Watch:
        """Open the artifact and the store; a `RecboxError` says what is wrong with them."""
        options = self.options
        seen = look(options.artifact)
        version = Version.open(options.artifact, options.code)
        self._writer = Writer(options.store)
        self._desk = Desk(version, options.store)
        self.metrics.put("ready", float(self.ready))
        log("info", "ready", name=version.artifact.name, version=version.id)
        return Watch(options.artifact, options.code, seen)

    def drain(self) -> None:
        """The end has begun."""
        self.draining = True
        self.metrics.put("ready", 0)

    def reload(self) -> None:
        """Look for a new version now."""
        self._asked.set()

    async def watch(self, watch: Watch) -> None:
        """Puts new versions into service, for as long as the server runs."""
        every = self.options.reload_every or None
        while True:
            forced = await _within(self._asked, every)
            self._asked.clear()
            await _aside(partial(self._look, watch, forced))

    def _look(self, watch: Watch, forced: bool) -> None:
        now = self.desk.now.version
        version = watch.newer(now, forced, lambda: self.metrics.put("refused", 1, add=True))
        if version is None:
            return
        try:
            self.desk.swap(version)
        except Exception as error:  # of whatever sort: the old one goes on
            self.metrics.put("refused", 1, add=True)
            tell_refused(error, now)
            return
        self.metrics.put("reloads", 1, add=True)
        log("info", "new version", version=version.id, before=now.id)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self.metrics.put("ready", 0)


async def _within(event: asyncio.Event, seconds: float | None) -> bool:
    """Whether it came in this time."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def _aside(call: Callable[[], None]) -> None:
    """In a thread of its own, which ends with the process, whatever it is at."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def run() -> None:
        try:
            call()
        finally:
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=run, name="recbox-reload", daemon=True).start()
    await done.wait()
