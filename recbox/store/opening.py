"""A store that is read or cleared beside the server that keeps it; a file that is none is a `DataError`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recbox.errors import DataError
from recbox.store.store import Store

MAGIC = b"SQLite format 3\0"


def is_store(path: Path) -> bool:
    """Whether the file is SQLite's. Not for a store that this process has open: closing a file ends the locks
    that SQLite has on it."""
    try:
        with open(path, "rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


@contextmanager
def opened(path: Path, *, write: bool = False) -> Iterator[Store]:
    """The store of a file that is there. write: rows may be deleted; else the file stays as it is, and may be
    one that can't be written to."""
    try:
        with Store(path, write=write) as store:
            yield store
    except sqlite3.Error as error:
        raise DataError("can't use the store of events", where=str(path), why=str(error)[:200]) from error
