"""One tracker at a run's side: what it is told waits in a queue, so that the run never waits for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, final

from recbox.errors import OptionError, PluginError
from recbox.tracker.asked import OPTION, Asked
from recbox.tracker.channel import Channel, Lost


@dataclass(frozen=True)
class Patience:
    """Seconds that a tracker may take: to be loaded, for each thing that it is told, and at the end for each
    run that still waits. begin: libraries are imported and databases made then."""

    load: float = 20.0
    begin: float = 60.0
    epoch: float = 10.0
    end: float = 30.0
    rest: float = 60.0
    quiet: float = 3.0
    """Seconds at the end of a run after which the user is told what is waited for."""


@final
class Line:
    """The way to one tracker. fault: why it was left out."""

    def __init__(self, asked: Asked, code: tuple[Path, ...], patience: Patience) -> None:
        self.asked, self.patience = asked, patience
        self.fault: PluginError | None = None
        self._channel = Channel("recbox.tracker", asked.use, asked.where, *map(str, code))
        self._waiting: SimpleQueue[tuple[str, Any] | None] = SimpleQueue()
        self._begun = self._over = 0
        self._thread = Thread(target=self._work, name=f"tracker {asked.use}", daemon=True)

    def open(self) -> None:
        """Wait until it is loaded; an `OptionError` where it refuses what stands behind the colon."""
        self._heed(lambda: self._channel.answer(self.patience.load))
        self._thread.start()

    def tell(self, what: str, document: Mapping[str, Any]) -> None:
        """Queue what it is to be told, unless it was left out."""
        if self.fault is None:
            self._begun += what == "begin"
            self._waiting.put((what, document))

    def close(self, waiting: Callable[[str], None]) -> None:
        """Wait for what is still queued. waiting: told, once, if that takes a while."""
        self._waiting.put(None)
        if self._thread.ident is not None:
            self._thread.join(self.patience.quiet)
            if self._thread.is_alive():
                waiting(f"waiting for {self.asked.origin.plugin}")
                self._wait(self.patience.rest * max(1, self._begun - self._over))
        self.cut() if self.fault else self._channel.close()

    def _wait(self, limit: float) -> None:
        self._thread.join(limit)
        if self._thread.is_alive():
            self._leave_out(f"took more than {limit:g} s at the end and was cut")

    def cut(self) -> None:
        """End its process at once."""
        self._channel.kill()

    def _work(self) -> None:
        while (told := self._waiting.get()) is not None and self.fault is None:
            document, limit = {told[0]: told[1]}, getattr(self.patience, told[0])
            self._heed(partial(self._channel.ask, document, limit))
            self._over += told[0] == "end"
        if self.fault is not None:
            self.cut()

    def _heed(self, ask: Callable[[], dict[str, Any]]) -> None:
        try:
            answer = ask()
        except Lost as lost:
            return self._leave_out(str(lost))
        if "refused" in answer:
            raise OptionError(
                answer["refused"], where=f"{OPTION} {self.asked.text}", instead=answer["instead"]
            )
        if "failed" in answer:
            self._leave_out(answer["failed"], answer["instead"])
        return None

    def _leave_out(self, did: str, instead: str = "") -> None:
        origin = self.asked.origin
        if self.fault is None:
            what = f"{origin.plugin} {did}; the run goes on without it"
            self.fault = PluginError(what, where=str(origin), instead=instead or remedy(origin))


def remedy(origin: Any) -> str:
    """What to do about a tracker that fails."""
    return f"{origin.remedy.replace('use another part', 'run without it')}"
