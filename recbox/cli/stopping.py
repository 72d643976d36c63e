"""SIGTERM, by which containers and schedulers stop a process, is taken like Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Any, Self, final

AGAIN = 1.0
"""Seconds in which a second SIGTERM is the same one: `timeout` sends it to the process and to its group."""


@final
class Termination:
    """While it is entered, SIGTERM raises KeyboardInterrupt; `asked` says whether one came.

    It leaves SIGTERM alone outside the main thread, where no handler can be set, and where whoever started
    the process has it ignored.
    """

    def __init__(self) -> None:
        self.last = float("-inf")
        self.before: Any = None

    @property
    def asked(self) -> bool:
        """Whether a SIGTERM came."""
        return self.last > float("-inf")

    def __enter__(self) -> Self:
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGTERM) not in (signal.SIG_IGN, None):
            self.before = signal.signal(signal.SIGTERM, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGTERM, self.before)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        again, self.last = now - self.last < AGAIN, now
        if not again:
            raise KeyboardInterrupt
