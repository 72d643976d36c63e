"""Importing a third party's module in our own process, without letting it end or spoil the run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from threading import Timer
from typing import NoReturn, TextIO

PATIENCE = 10.0
"""Seconds after which an import that goes on is spoken of."""


class Ended(Exception):
    """A module that was being imported asked for the end of the process."""


@contextmanager
def importing(origin: str, spill: TextIO | None = None) -> Iterator[None]:
    """What is printed goes to `spill` (standard error), since standard output belongs to the results; an end
    of the process is an `Ended`; a long import is told of, with Ctrl-C as the way out."""
    told = Timer(PATIENCE, _tell, [origin])
    told.daemon = True
    told.start()
    try:
        with redirect_stdout(spill or sys.stderr), _going_on():
            yield
    finally:
        told.cancel()


def _tell(origin: str) -> None:
    sys.stderr.write(
        f"recbox: {origin}: its import has taken {PATIENCE:g} s and goes on\n"
        "  try: Ctrl-C, and `recbox plugins list`, which cuts such imports and names them\n"
    )
    sys.stderr.flush()


@contextmanager
def _going_on() -> Iterator[None]:
    """`os._exit`, which nothing can catch, raises in this process; in a fork of it, it does what it says."""
    end, own = os._exit, os.getpid()

    def refuse(status: int) -> NoReturn:
        if os.getpid() != own:
            end(status)
        raise Ended(f"its import ended the process (exit code {status})")

    os._exit = refuse
    try:
        yield
    finally:
        os._exit = end
