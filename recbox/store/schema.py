"""The tables of a store, and how its file is opened.

`fact` holds numbers that are counted up: `items` grows with each change of an item, `people` with each change
of a user and each event that is deleted, so that whoever keeps something of them sees that it is old; `event`
counts events ever stored, and table `click` those that refer to a recommendation, by version; both stay when
events are deleted.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from recbox.errors import DataError

APPLICATION, FORMAT = 0x72626576, 1
"""`rbev`: marks the file as a store."""
TIMEOUT = 20.0
"""Seconds that a writer waits for another one."""
WAITING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_TRIGGERS = "".join(
    f"CREATE TRIGGER {table}_{act.lower()} AFTER {act} ON {table} BEGIN "  # noqa: S608
    f"UPDATE fact SET value = value + 1 WHERE name = '{fact}'; END;\n"
    for table, fact, acts in (
        ("items", "items", ("INSERT", "UPDATE", "DELETE")),
        ("users", "people", ("INSERT", "UPDATE", "DELETE")),
        ("events", "people", ("UPDATE", "DELETE")),
    )
    for act in acts
)
_TABLES = """
CREATE TABLE events(id INTEGER PRIMARY KEY, event_id TEXT UNIQUE, user TEXT NOT NULL, item TEXT NOT NULL,
    time REAL NOT NULL, weight REAL NOT NULL, behaviour TEXT, recommendation TEXT, version TEXT);
CREATE INDEX events_user ON events(user, id);
CREATE TABLE items(id TEXT PRIMARY KEY, columns JSON NOT NULL, available INTEGER NOT NULL);
CREATE TABLE users(id TEXT PRIMARY KEY, columns JSON NOT NULL);
CREATE TABLE fact(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE click(version TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO fact VALUES('items', 0), ('people', 0), ('event', 0);
CREATE TRIGGER events_insert AFTER INSERT ON events BEGIN
    UPDATE fact SET value = value + 1 WHERE name = 'event';
    INSERT INTO click SELECT new.version, 1 WHERE new.version IS NOT NULL
        ON CONFLICT(version) DO UPDATE SET count = count + 1;
END;
"""
TABLES = _TABLES + _TRIGGERS
INDEXES = {"events_item": "CREATE INDEX events_item ON events(user, item, behaviour)"}
"""By name, those that a store of this format may lack: they came later, and change nothing of what an older
recbox reads or writes."""


def connect(path: Path) -> sqlite3.Connection:
    """The file, which is made where there is none, for its owner alone. What is committed is on the disk.

    A `DataError` for a file that is no store, or can't be opened.
    """
    try:
        _touch(path)
        found = sqlite3.connect(path, timeout=TIMEOUT, isolation_level=None, check_same_thread=False)
        _patiently(lambda: _prepare(found, path))
    except OSError as error:
        raise DataError("can't open the store", where=str(path), why=error.strerror or "") from error
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    return found


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A file that is there, which nothing is written to. A `DataError` as for `connect`."""
    try:
        found = sqlite3.connect(_uri(path), uri=True, timeout=TIMEOUT, isolation_level=None)
        found.execute("PRAGMA trusted_schema = OFF")
        _check(found, path)
        if _number(found, "user_version") < 1:
            raise DataError("this is no store of events", where=str(path), why="it has no tables")
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    return found


def _unusable(path: Path, error: sqlite3.Error) -> DataError:
    kept = isinstance(error, sqlite3.OperationalError)  # by its folder, its disk or another process
    what = "can't open the store" if kept else "this is no store of events"
    return DataError(what, where=str(path), why=str(error)[:200])


def _uri(path: Path) -> str:
    """Where nobody can write and no log is there, nothing changes the file either: SQLite is told, as it
    would make a log to read it."""
    still = not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    return f"{path.absolute().as_uri()}?mode=ro" + "&immutable=1" * still


def _touch(path: Path) -> None:
    """A file that is there isn't opened: closing it again would end the locks of this process's others."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _patiently(call: Callable[[], None]) -> None:
    """SQLite doesn't wait by itself where two make the file's journal at once."""
    until = time.monotonic() + TIMEOUT
    while True:
        try:
            return call()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in WAITING or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _prepare(found: sqlite3.Connection, path: Path) -> None:
    found.execute("PRAGMA trusted_schema = OFF")
    _check(found, path)
    if found.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        found.execute("PRAGMA journal_mode = WAL")
    found.execute("PRAGMA synchronous = FULL")
    found.execute("PRAGMA secure_delete = ON")  # what is deleted leaves no trace in the file
    if not _number(found, "user_version"):
        _make(found)
    _check(found, path)
    if not _indexed(found):
        _index(found)


def _check(found: sqlite3.Connection, path: Path) -> None:
    """A `DataError` where the file is another program's, or of a newer recbox."""
    version = _number(found, "user_version")
    other = version or found.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if other and _number(found, "application_id") != APPLICATION:
        raise DataError("this is no store of events", where=str(path), why="it is another program's file")
    if version > FORMAT:
        raise DataError(
            f"the store is of format {version}, and this recbox reads format {FORMAT}",
            where=str(path),
            instead="upgrade recbox: pip install --upgrade recbox-graph",
        )


def _make(found: sqlite3.Connection) -> None:
    """All tables, or none; of several processes at once the first makes them."""
    found.execute("BEGIN IMMEDIATE")
    try:
        if not _number(found, "user_version"):
            for statement in _statements(TABLES):
                found.execute(statement)
            found.execute("INSERT INTO fact VALUES('key', ?)", (secrets.token_bytes(32),))
            found.execute(f"PRAGMA application_id = {APPLICATION}")
            found.execute(f"PRAGMA user_version = {FORMAT}")
        found.execute("COMMIT")
    except BaseException:
        found.execute("ROLLBACK")
        raise


def _indexed(found: sqlite3.Connection) -> bool:
    there = found.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")
    return INDEXES.keys() <= {name for (name,) in there}


def _index(found: sqlite3.Connection) -> None:
    """What is missing: some seconds for millions of events, in which others who write wait."""
    found.execute("BEGIN IMMEDIATE")
    try:
        for statement in INDEXES.values():
            found.execute(statement.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS"))
        found.execute("COMMIT")
    except BaseException:
        found.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    """`executescript` would end the transaction."""
    found, lines = [], ""
    for line in script.splitlines():
        lines += line + "\n"
        if sqlite3.complete_statement(lines):
            found.append(lines)
            lines = ""
    return found


def _number(found: sqlite3.Connection, pragma: str) -> int:
    return int(found.execute(f"PRAGMA {pragma}").fetchone()[0])
