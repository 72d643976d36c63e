"""The run's end of a process in which a tracker works: a line of JSON there, a line of JSON back."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, final

LEAVING = 5.0
"""Seconds that a process may take to end once it has nothing more to do."""


class Lost(Exception):
    """The process doesn't answer any more: why."""


@final
class Channel:
    """A child process in a session of its own, so that Ctrl-C is the run's alone. What it prints is lost,
    but for its standard error where RECBOX_TRACEBACK asks to see everything."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._socket, theirs = socket.socketpair()
        self._rest = b""
        seen = os.environ.get("RECBOX_TRACEBACK", "") not in ("", "0")
        with theirs:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", module, str(theirs.fileno()), *arguments],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if seen else subprocess.DEVNULL,
                start_new_session=True,
            )

    def ask(self, document: Mapping[str, Any], limit: float) -> dict[str, Any]:
        """Send a document and wait for the answer, `limit` seconds for each."""
        try:
            self._socket.settimeout(limit)
            self._socket.sendall(json.dumps(document, default=str).encode() + b"\n")
        except TimeoutError as error:
            raise Lost(_slow(limit)) from error
        except OSError as error:
            raise Lost(self._ended()) from error
        return self.answer(limit)

    def answer(self, limit: float) -> dict[str, Any]:
        """The next line from there."""
        self._socket.settimeout(limit)
        try:
            while b"\n" not in self._rest:
                chunk = self._socket.recv(1 << 16)
                if not chunk:
                    raise Lost(self._ended())
                self._rest += chunk
        except TimeoutError as error:
            raise Lost(_slow(limit)) from error
        except OSError as error:
            raise Lost(self._ended()) from error
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Let the process end, and see to it that it does, with whatever it started."""
        self._socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(LEAVING)
        self.kill()

    def kill(self) -> None:
        """End the process at once, with whatever it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()

    def _ended(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._child.wait(LEAVING)
            if code >= 0:
                return f"ended its process (exit code {code})"
            return f"ended its process by {signal.Signals(-code).name}"
        return "closed its connection"


def _slow(limit: float) -> str:
    return f"took more than {limit:g} s and was cut"
