"""Vectors on disk, a row for each text: one SQLite file for each model with its options.

A commit is whole or not there, each row has a checksum, and a file that can't be read is made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from recbox.plugin import Context, cache_dir

LIMIT = 8 << 30
"""Bytes of all files together. Beyond it those go that were used longest ago, but for the one in use."""
ASKED = 500
"""Texts that are looked up at once; SQLite allows 999."""
PATIENCE_S = 60
"""How long a commit waits for that of another run."""


class Store:
    """The vectors of one model with its options. A disk that can't be written is no obstacle."""

    def __init__(self, key: str, context: Context) -> None:
        self.folder = cache_dir() / "text" / "vectors"
        self.path = self.folder / f"{key}.sqlite"
        self.context = context
        self.writable = True

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Two runs that encode with the same model: the second waits, and finds what the first has done. A
        killed one lets go."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = self.path.with_suffix(".lock").open("a")
        except OSError as error:
            self._give_up(error)
            yield
            return
        with lock:
            self._wait(lock.fileno())
            yield

    def _wait(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.context.progress.notice("another run is encoding with the same model; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:
            return  # a file system without locks: commits are still whole, and some work is done twice

    def read(self, texts: Sequence[str], mend: bool = False) -> dict[str, np.ndarray]:
        """float32 [w] of those texts that are there; what is damaged is not. mend: say so, and remove a file
        that can't be read; for a run that is alone."""
        if not self.path.is_file():
            return {}
        try:
            with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", PATIENCE_S, uri=True)) as file:
                found, damaged = _read(file, texts)
        except sqlite3.OperationalError as error:  # busy, or of a file system that can't lock
            self._give_up(error)
            return {}
        except sqlite3.DatabaseError:
            if mend:
                self._say(f"{self.path} is damaged; its texts are encoded again")
                self._drop()
            return {}
        if damaged and mend:
            self._say(f"{damaged:,} vectors in {self.path} are damaged; their texts are encoded again")
        self._used()
        return found

    def write(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        """All of these rows, float32 [texts, w], or none of them."""
        if not self.writable:
            return
        rows = [(k := _key(text), _sealed(k, vector)) for text, vector in zip(texts, vectors, strict=True)]
        try:
            with closing(sqlite3.connect(self.path, PATIENCE_S)) as file, file:
                # Not flushed to the disk each time: a killed run loses nothing by it, and what a power cut
                # leaves behind is found by its checksums.
                file.execute("PRAGMA synchronous = OFF")
                file.execute("CREATE TABLE IF NOT EXISTS vector (text BLOB PRIMARY KEY, value BLOB NOT NULL)")
                file.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)
            self._tidy()
        except sqlite3.Error as error:
            self._give_up(error)

    def _tidy(self) -> None:
        """The files that were used longest ago go where all are too large, and no run encodes into them."""
        files = sorted(
            (used, size, path) for path in self.folder.glob("*.sqlite") for used, size in _stat(path)
        )
        total = sum(size for _, size, _ in files)
        for _, size, old in files:
            if total > LIMIT and old != self.path and _removed(old):
                total -= size

    def _used(self) -> None:
        try:
            os.utime(self.path)
        except OSError:
            return  # a cache that is read alone

    def _drop(self) -> None:
        try:
            _remove(self.path)
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError | sqlite3.Error) -> None:
        if self.writable:
            self.writable = False
            why = getattr(error, "strerror", None) or error
            said = f"vectors of texts can't be kept in {self.folder}: {why}"
            self._say(f"{said}; set RECBOX_CACHE to a folder that you may write")

    def _say(self, what: str) -> None:
        self.context.progress.notice(what, "warning")


def _read(file: sqlite3.Connection, texts: Sequence[str]) -> tuple[dict[str, np.ndarray], int]:
    """What is there and sound, and how many rows aren't."""
    if not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'vector'").fetchone():
        return {}, 0
    found, damaged = {}, 0
    for start in range(0, len(texts), ASKED):
        asked = {_key(text): text for text in texts[start : start + ASKED]}
        marks = ", ".join("?" * len(asked))
        rows = file.execute(f"SELECT text, value FROM vector WHERE text IN ({marks})", list(asked))  # noqa: S608
        for key, value in rows:
            vector = _opened(key, value)
            if vector is None:
                damaged += 1
            else:
                found[asked[key]] = vector
    return found, damaged


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _sealed(key: bytes, vector: np.ndarray) -> bytes:
    """The numbers, and a checksum of them and of the text that they belong to."""
    data = np.ascontiguousarray(vector, "<f4").tobytes()
    return data + zlib.crc32(key + data).to_bytes(4, "little")


def _opened(key: bytes, value: object) -> np.ndarray | None:
    if not isinstance(value, bytes) or len(value) < 8 or len(value) % 4:
        return None
    data, seal = value[:-4], value[-4:]
    return np.frombuffer(data, "<f4") if zlib.crc32(key + data).to_bytes(4, "little") == seal else None


def _stat(path: Path) -> list[tuple[float, int]]:
    """When it was used and how many bytes it has; nothing where another run has removed it."""
    try:
        found = path.stat()
    except OSError:
        return []
    return [(found.st_mtime, found.st_size)]


def _removed(path: Path) -> bool:
    """Whether a file is gone now; one that a run encodes into stays."""
    try:
        with path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(path)
    except OSError:
        return False
    return True


def _remove(path: Path) -> None:
    for file in (path.with_name(f"{path.name}-journal"), path):
        file.unlink(missing_ok=True)
