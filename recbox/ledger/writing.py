"""Adding a line: under a lock, in one write at the end, forced to the disk. Nothing else is ever changed."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recbox.ledger.line import LONGEST, START, Touch, decoded, digest, encoded

PATIENCE = 10.0
"""Seconds to wait for another writer; each needs some milliseconds."""
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
BLOCK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """A line that was written. times: how often the test part of its split has been looked at, this time
    included. recipes: by how many different recipes. torn: bytes of an unfinished line that were removed."""

    index: int
    hash: str
    times: int
    recipes: int
    torn: int = 0


def append(path: Path, touch: Touch) -> Entry:
    """Write one line, and count. An OSError where the file can't be written: then it is as it was before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path) as file:
        end, torn = _mended(file)
        last = _last(file, end)
        line = decoded(last) if end else None
        index = line.index + 1 if line else _count(file, end)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        raw = encoded(index, now, touch, digest(last) if end else START)
        try:
            _write(file, raw + b"\n", end)
        except OSError:
            if not end:  # nobody waits for a name that is gone: `_is_at` sees it
                path.unlink(missing_ok=True)
            raise
        times, recipes = _touches(file, touch.split)
    return Entry(index, digest(raw), times, recipes, torn)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The open file, held alone, that has this name now."""
    while True:
        file = os.open(path, _FLAGS, 0o666)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise OSError(errno.EINVAL, "it is no plain file")
            _wait(file)
            if _is_at(file, path):
                yield file
                return
        finally:
            os.close(file)


def _wait(file: int) -> None:
    """Hold the lock, or a TimeoutError (an OSError)."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, "another process holds it") from None
            time.sleep(0.01)


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


def _mended(file: int) -> tuple[int, int]:
    """The file's length up to its last line feed, and the bytes of an unfinished line that were cut off."""
    size = os.fstat(file).st_size
    end = size
    while end > 0:
        start = max(0, end - BLOCK)
        found = os.pread(file, end - start, start).rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    if end < size:
        os.ftruncate(file, end)
    return end, size - end


def _last(file: int, end: int) -> bytes:
    """The last line of the first `end` bytes, without its line feed; however long it is."""
    width = LONGEST
    while True:
        start = max(0, end - width)
        _, feed, last = os.pread(file, max(0, end - 1 - start), start).rpartition(b"\n")
        if feed or start == 0:
            return last
        width *= 4


def _write(file: int, raw: bytes, end: int) -> None:
    """All of it or nothing: a full disk leaves the file as it was."""
    try:
        if os.write(file, raw) != len(raw):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
    except OSError:
        os.ftruncate(file, end)
        raise


def _count(file: int, end: int) -> int:
    """Lines in the first `end` bytes, for a last line that says no index."""
    return sum(os.pread(file, min(BLOCK, end - at), at).count(b"\n") for at in range(0, end, BLOCK))


def _touches(file: int, split: str) -> tuple[int, int]:
    """Lines of a split, and different recipes among them. A quote within a name is written with a backslash,
    so that no name looks like this."""
    wanted = re.compile(rb'"recipe":"([^"]*)","data":"[^"]*","split":"%s"' % re.escape(split.encode()))
    times, recipes = 0, set[bytes]()
    with open(os.dup(file), "rb") as stream:
        stream.seek(0)
        for raw in stream:
            if found := wanted.search(raw):
                times += 1
                recipes.add(found[1])
    return times, len(recipes)
