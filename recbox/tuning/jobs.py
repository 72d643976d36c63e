"""Further processes at one study (`--jobs`): each is told on its standard input what to search, and stops
when that is closed, so that none outlives the process that started it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, final

from recbox.tracker.asked import Asked as Choice
from recbox.tuning.plan import Asked

PATIENCE = 30.0
"""Seconds that one has to end when it is told to."""
WAIT = 0.2
NOTICE = "notice: "
"""What a line of a job begins with that is a notice for the user, as JSON."""


@final
class Jobs:
    """Processes that run `recbox.tuning.job`. track: trackers, of which each process has its own."""

    def __init__(self, count: int, asked: Asked, track: Sequence[Choice]) -> None:
        self._files = contextlib.ExitStack()
        self._running: list[tuple[subprocess.Popen[str], IO[str]]] = []
        told = {"search": asked.document(), "track": [choice.text for choice in track]}
        text = json.dumps(told, default=_plain)
        for _ in range(count):
            process, said = self._started()
            self._running.append((process, said))
            with contextlib.suppress(OSError):
                if process.stdin is not None:
                    process.stdin.write(text + "\n")
                    process.stdin.flush()

    def _started(self) -> tuple[subprocess.Popen[str], IO[str]]:
        """A process, and the file that holds what it says."""
        with contextlib.ExitStack() as stack:
            said = stack.enter_context(tempfile.TemporaryFile("w+", errors="replace"))
            command = [sys.executable, "-m", "recbox.tuning.job"]
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=said, stderr=said, text=True, start_new_session=True
            )
            self._files.push(stack.pop_all())
        return process, said

    def wait(self, show: Callable[[], None]) -> None:
        """Until all have ended."""
        while any(process.poll() is None for process, _ in self._running):
            show()
            time.sleep(WAIT)

    def stop(self) -> None:
        """Tell them to end, and end those that don't."""
        for process, _ in self._running:
            with contextlib.suppress(OSError):
                if process.stdin is not None:
                    process.stdin.close()
        until = time.monotonic() + PATIENCE
        for process, _ in self._running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def complaints(self) -> list[str]:
        """What the user should hear of them, each thing once: notices, and that one ended otherwise than it
        should have."""
        found = []
        for process, said in self._running:
            said.seek(0)
            lines = said.read().strip().splitlines()
            found += [json.loads(line.removeprefix(NOTICE)) for line in lines if line.startswith(NOTICE)]
            if process.returncode:
                last = lines[-1] if lines else f"exit code {process.returncode}"
                found.append(f"one of the jobs ended early: {last}")
        self._files.close()
        return list(dict.fromkeys(found))


def _plain(value: Any) -> str:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} can't be handed to another process")
