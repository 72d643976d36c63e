"""What a block writes to standard output and standard error, by Python or by a library in C."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import IO

Heard = Callable[[], str]


@contextlib.contextmanager
def heard() -> Iterator[Heard]:
    """For the block, both streams and the files behind them lead here; hands out what gives the text."""
    python = io.StringIO()
    with (
        tempfile.TemporaryFile() as below,
        _descriptors(below),
        contextlib.redirect_stdout(python),
        contextlib.redirect_stderr(python),
    ):
        yield lambda: python.getvalue() + _content(below)


@contextlib.contextmanager
def _descriptors(below: IO[bytes]) -> Iterator[None]:
    """Descriptors 1 and 2 are the file, and then again what they were."""
    kept = [(number, os.dup(number)) for number in (1, 2)]
    try:
        for number, _ in kept:
            os.dup2(below.fileno(), number)
        yield
    finally:
        _flush()
        for number, copy in kept:
            os.dup2(copy, number)
            os.close(copy)


def _content(below: IO[bytes]) -> str:
    _flush()
    return os.pread(below.fileno(), 1 << 16, 0).decode(errors="replace")


def _flush() -> None:
    """What C's own streams still hold goes out, so that it ends where it belongs."""
    import ctypes

    ctypes.CDLL(None).fflush(None)
