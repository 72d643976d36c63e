"""The store of events that a server keeps, as SQLite: read, and without somebody."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from recbox.data import Tables
from recbox.errors import DataError

MAGIC = b"SQLite format 3\0"
_EVENTS = "SELECT user, item, time, weight, behaviour FROM events ORDER BY id"
_SCHEMA = {
    "user": pl.String,
    "item": pl.String,
    "time": pl.Float64,
    "weight": pl.Float64,
    "behaviour": pl.String,
}


def is_store(path: Path) -> bool:
    """Whether the file is SQLite's."""
    try:
        with open(path, "rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def read(path: Path) -> Tables:
    """Its events in the order in which they were stored; a weight that nobody gave is 1."""
    from recbox.updating.arriving import of_frame

    with _opened(path) as db:
        rows = db.execute(_EVENTS).fetchall()
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    return of_frame(frame.with_columns(pl.col("weight").fill_null(1.0)), str(path))


def described(path: Path, type: str) -> pl.DataFrame | None:
    """A column `id` and what is said of items or users, a column for each name; None: nothing is."""
    table = {"user": "users", "item": "items"}[type]
    with _opened(path) as db:
        rows = db.execute(f"SELECT id, columns FROM {table} ORDER BY id").fetchall()  # noqa: S608
    said = [{"id": id, **_columns(text, path)} for id, text in rows]
    return pl.DataFrame(said, infer_schema_length=None, strict=False) if said else None


def _columns(text: str, path: Path) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DataError("the columns of a row are no JSON object", where=str(path))
    return {str(name): value for name, value in found.items() if name != "id"}


def count(path: Path, users: Sequence[str]) -> int:
    """Events of these users."""
    with _opened(path) as db:
        found = [db.execute("SELECT count(*) FROM events WHERE user = ?", (u,)).fetchone()[0] for u in users]
    return sum(found)


def forget(path: Path, users: Sequence[str]) -> int:
    """Delete all that is there of these users, also from what the file's pages held; how many events went."""
    with _opened(path, write=True) as db:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("BEGIN IMMEDIATE")
        gone = 0
        for user in users:
            gone += db.execute("DELETE FROM events WHERE user = ?", (user,)).rowcount
            db.execute("DELETE FROM users WHERE id = ?", (user,))
        db.execute("COMMIT")
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return gone


def logged(path: Path) -> Path | None:
    """The store's log, where it can't be emptied, as another process reads the store as it was: what was
    deleted still stands in one of the two files."""
    with _opened(path, write=True, wait=1) as db:
        busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return path.with_name(f"{path.name}-wal") if busy else None


def having(path: Path, users: Sequence[str]) -> set[str]:
    """Those of the users of whom it has events, or whom it describes."""
    asked = "SELECT EXISTS(SELECT 1 FROM events WHERE user = ?1) OR EXISTS(SELECT 1 FROM users WHERE id = ?1)"
    with _opened(path) as db:
        return {user for user in users if db.execute(asked, (user,)).fetchone()[0]}


@contextmanager
def _opened(path: Path, write: bool = False, wait: int = 20) -> Iterator[sqlite3.Connection]:
    """A `DataError` for a file that is none, lacks a table, or is held by another process for long."""
    mode = "rw" if write else "ro"
    try:
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None)) as db:
            db.execute("PRAGMA trusted_schema = OFF")
            yield db
    except sqlite3.Error as error:
        raise DataError("this is no store of events", where=str(path), why=str(error)[:200]) from error
