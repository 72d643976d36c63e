"""A child process for code that may hang, print or end the process: it reports by lines of JSON.

The lines go through a pipe of their own, because plugins print.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ended:
    """Why a child told no more, where that was not its own end: it was cut, or it ended early."""

    why: str


def told(arguments: Sequence[str], limit: float, grace: float = 0.0) -> Iterator[dict[str, Any] | Ended]:
    """What `python ARGUMENTS FD` writes to the file descriptor FD, a document a line.

    limit: seconds that may pass before the next line; then the child and its children are killed. grace: more
    of them for the first line, before which the interpreter starts. The last thing told is an `Ended` unless
    the child's exit code is 0. Its own output goes nowhere.
    """
    read, write = os.pipe()
    child = subprocess.Popen(
        [sys.executable, *arguments, str(write)],
        pass_fds=[write],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(write)
    try:
        yield from map(json.loads, _lines(read, limit, grace))
        if child.wait(limit) != 0:
            yield Ended(_end(child.returncode))
    except (TimeoutError, subprocess.TimeoutExpired):
        yield Ended(f"took more than {limit:g} s and was cut")
    finally:
        os.close(read)
        _kill(child)


def _lines(pipe: int, limit: float, grace: float) -> Iterator[bytes]:
    rest, deadline = b"", time.monotonic() + limit + grace
    while True:
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        chunk = os.read(pipe, 1 << 16)
        if not chunk:
            return
        *lines, rest = (rest + chunk).split(b"\n")
        if lines:
            yield from lines
            deadline = time.monotonic() + limit


def _end(code: int) -> str:
    if code < 0:
        return f"ended the process by {signal.Signals(-code).name}"
    return f"ended the process (exit code {code})"


def _kill(child: subprocess.Popen[bytes]) -> None:
    """The child and whatever it started, which may hold its pipe."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def teller(descriptor: int) -> Any:
    """In the child: a function that writes one document to the descriptor."""

    def tell(document: dict[str, Any]) -> None:
        os.write(descriptor, json.dumps(document).encode() + b"\n")

    return tell
