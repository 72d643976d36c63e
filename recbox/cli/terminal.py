"""What may be sent to a terminal, and how: escapes for hostile characters, one console, one JSON document."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console

# Control characters steer a terminal; format characters (bidirectional overrides, zero-width) make a text
# look like another; surrogates can't be encoded; line and paragraph separators break a table's rows.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def safe(text: object, *, keep_lines: bool = False) -> str:
    """`text` with every character that could steer or deceive a terminal written as an escape.

    keep_lines: newlines stay, for messages of several lines.
    """
    return "".join(
        _escape(c) if unicodedata.category(c) in _UNSAFE and not (keep_lines and c == "\n") else c
        for c in str(text)
    )


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def fancy(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that moves its cursor, so that a bar can be drawn in place."""
    return stream.isatty() and os.environ.get("TERM", "") != "dumb"


def console(stream: TextIO | None = None) -> Console:
    """A rich console for `stream` (standard output); no colour where it is no terminal, or for NO_COLOR."""
    from rich.console import Console

    target = stream or sys.stdout
    width = None if target.isatty() else 100
    return Console(file=target, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


@contextlib.contextmanager
def telling(stream: TextIO) -> Iterator[None]:
    """For what is told beside the results: a reader that has gone (`2>&1 | head`) ends no work."""
    try:
        yield
    except BrokenPipeError:
        discard(stream)


@contextlib.contextmanager
def results_alone() -> Iterator[None]:
    """For the block, what a plugin or its library in C prints goes to standard error: standard output has the
    results."""
    with contextlib.redirect_stdout(sys.stderr), _diverted(1, 2):
        yield


@contextlib.contextmanager
def _diverted(number: int, other: int) -> Iterator[None]:
    """A file descriptor leads where another does, then again where it led; nothing where one is closed."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            kept = os.dup(number)
            stack.callback(os.close, kept)
            _flush()
            os.dup2(other, number)
            stack.callback(os.dup2, kept, number)
            stack.callback(_flush)
        yield


def _flush() -> None:
    """What Python and C still hold for standard output goes out, so that it ends where it belongs."""
    import ctypes

    if sys.__stdout__ is not None:
        sys.__stdout__.flush()
    ctypes.CDLL(None).fflush(None)


def note(message: str, *, alarm: bool = False) -> None:
    """A line on standard error, whether somebody reads it or not. alarm: in red, where there is colour."""
    red = alarm and not os.environ.get("NO_COLOR")
    with telling(sys.stderr):
        click.echo(click.style(message, fg="red", bold=True) if red else message, err=True)


def discard(stream: TextIO) -> None:
    """Send what is written to `stream` from now on nowhere, also what Python flushes at its end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def write_json(document: Any) -> None:
    """One JSON document on standard output, in ASCII, so that no byte of it can steer a terminal."""
    click.echo(json.dumps(document, indent=2, allow_nan=False, default=str))
