"""Events and what is said of items and users: written so that they stay, and read as they are now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from recbox.store.event import Event, ItemRow, Which
from recbox.store.schema import connect, connect_to_read

_COLUMNS = "user, item, time, weight, behaviour, event_id, recommendation, version"
_INSERT = f"INSERT INTO events({_COLUMNS}) VALUES(?,?,?,?,?,?,?,?) ON CONFLICT(event_id) DO NOTHING"
_STATE = (
    "SELECT (SELECT value FROM fact WHERE name = 'items'), (SELECT value FROM fact WHERE name = 'people'), "
    "(SELECT max(id) FROM events WHERE user = ?)"
)
LOOKED = 50_000
"""Events of one user that are looked through for those that count: some 50 ms."""
_OF = "(:of IS NULL OR behaviour IN (SELECT value FROM json_each(:of)) OR (behaviour IS NULL AND :unnamed))"
_COUNTS = f"{_OF} AND (:least IS NULL OR weight >= :least)"
_RECENT = (
    f"SELECT * FROM (SELECT {_COLUMNS}, id FROM events WHERE user = :user ORDER BY id DESC LIMIT :looked) "  # noqa: S608
    f"WHERE {_COUNTS} ORDER BY id DESC LIMIT :most"
)
_ITEMS = f"SELECT DISTINCT item FROM events WHERE user = :user AND {_OF}"  # noqa: S608
_HAVING = "SELECT EXISTS(SELECT 1 FROM events WHERE user = ?1) OR EXISTS(SELECT 1 FROM users WHERE id = ?1)"

ANY = Which()


def _named(which: Which) -> dict[str, Any]:
    of = None if which.behaviours is None else json.dumps(which.behaviours)
    return {"of": of, "unnamed": which.unnamed, "least": which.least}


class Store:
    """One connection to the file, for one thread at a time. write: False for one that only reads, a file that
    is there."""

    def __init__(self, path: Path, *, write: bool = True) -> None:
        self.path = path
        self._db = connect(path) if write else connect_to_read(path)

    def append(self, batches: Sequence[Sequence[Event]]) -> list[int]:
        """Store all batches, or none, and force them to the disk. How many events of each are new: an
        `event_id` that is there already, or came before in these, isn't stored again."""
        with self._changing():
            return [self._append(batch) for batch in batches]

    def _append(self, batch: Sequence[Event]) -> int:
        rows = [
            (e.user, e.item, e.time, e.weight, e.behaviour, e.event_id, e.recommendation, e.version)
            for e in batch
        ]
        return self._db.executemany(_INSERT, rows).rowcount if rows else 0

    def state(self, user: str) -> tuple[int, int, int]:
        """The revisions of items and of people, and the number of the user's last event, 0 where there is
        none: what is known of the user is the same while these are."""
        items, people, last = self._db.execute(_STATE, (user,)).fetchone()
        return items, people, last or 0

    @property
    def revision(self) -> int:
        """Grows with each change of items."""
        return int(self._fact("items"))

    @property
    def key(self) -> bytes:
        """Random bytes of this store's own, which sign what it is to know again."""
        return bytes(self._fact("key"))

    def of_user(self, user: str, most: int | None = None) -> list[Event]:
        """The user's events in the order in which they were stored; `most`: the last ones alone."""
        found = self._select("WHERE user = ? ORDER BY id DESC LIMIT ?", user, -1 if most is None else most)
        return list(found)[::-1]

    def recent(self, user: str, most: int, which: Which = ANY) -> list[Event]:
        """The user's last events that are meant, at most `most` of them, in the order in which they were
        stored. Of the last `LOOKED` alone: what a user does must not make all that they ever did be read
        again."""
        looked = most if which == ANY else LOOKED
        rows = self._db.execute(_RECENT, {**_named(which), "user": user, "looked": looked, "most": most})
        return [Event(*row) for row in rows][::-1]

    def items_of(self, user: str, which: Which = ANY) -> list[str]:
        """The items of all events of the user with these behaviours, whatever they weigh, each once."""
        found = self._db.execute(_ITEMS, {**_named(which), "user": user})
        return [item for (item,) in found]

    def events(self, after: int = 0) -> Iterator[Event]:
        """All events whose number is larger, in the order in which they were stored."""
        return self._select("WHERE id > ? ORDER BY id", after)

    def _select(self, rest: str, *values: Any) -> Iterator[Event]:
        rows = self._db.execute(f"SELECT {_COLUMNS}, id FROM events {rest}", values)  # noqa: S608
        return (Event(*row) for row in rows)

    def put_items(self, rows: Sequence[tuple[str, Mapping[str, Any], bool | None]]) -> None:
        """id, columns and whether it is available (None: as before, or yes) of each item. Columns that were
        said before and aren't now stay. All of it, or nothing."""
        with self._changing():
            for id, columns, available in rows:
                old = self._db.execute("SELECT columns, available FROM items WHERE id = ?", (id,)).fetchone()
                merged = {**(json.loads(old[0]) if old else {}), **columns}
                shown = available if available is not None else (bool(old[1]) if old else True)
                self._db.execute(
                    "INSERT INTO items VALUES(?,?,?) ON CONFLICT(id) DO UPDATE SET "
                    "columns = excluded.columns, available = excluded.available",
                    (id, json.dumps(merged), int(shown)),
                )

    def put_users(self, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """id and columns of each user; as `put_items`."""
        with self._changing():
            for id, columns in rows:
                merged = {**self.user(id), **columns}
                self._db.execute(
                    "INSERT INTO users VALUES(?,?) ON CONFLICT(id) DO UPDATE SET columns = excluded.columns",
                    (id, json.dumps(merged)),
                )

    def items(self) -> list[ItemRow]:
        """What is said of items, in the order in which they came."""
        rows = self._db.execute("SELECT id, columns, available FROM items ORDER BY rowid")
        return [ItemRow(id, json.loads(columns), bool(available)) for id, columns, available in rows]

    def user(self, id: str) -> dict[str, Any]:
        """What is said of a user, by column; empty where nothing is."""
        found = self._db.execute("SELECT columns FROM users WHERE id = ?", (id,)).fetchone()
        return dict(json.loads(found[0])) if found else {}

    def users(self) -> list[tuple[str, dict[str, Any]]]:
        """id and columns of each user of whom something is said, by id."""
        rows = self._db.execute("SELECT id, columns FROM users ORDER BY id")
        return [(id, json.loads(columns)) for id, columns in rows]

    def having(self, users: Sequence[str]) -> set[str]:
        """Those of the users of whom it has events, or whom it describes."""
        return {user for user in users if self._db.execute(_HAVING, (user,)).fetchone()[0]}

    def count(self, users: Sequence[str]) -> int:
        """Events of these users."""
        one = "SELECT count(*) FROM events WHERE user = ?"
        return sum(int(self._db.execute(one, (user,)).fetchone()[0]) for user in users)

    def counts(self) -> tuple[int, dict[str, int]]:
        """How many events were ever stored, and of those that refer to a recommendation how many, by the
        version that made it."""
        clicks = self._db.execute("SELECT version, count FROM click ORDER BY version")
        return int(self._fact("event")), dict(clicks.fetchall())

    def forget(self, users: Sequence[str]) -> int:
        """Delete all that is there of these users, also from what the file's pages held; how many events
        went."""
        with self._changing():
            gone = 0
            for user in users:
                gone += self._db.execute("DELETE FROM events WHERE user = ?", (user,)).rowcount
                self._db.execute("DELETE FROM users WHERE id = ?", (user,))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def log(self, wait: float = 1.0) -> Path | None:
        """The file's log, where it can't be emptied within so many seconds, as another process reads the
        store as it was: what was deleted still stands in one of the two files."""
        self._db.execute(f"PRAGMA busy_timeout = {int(1000 * wait)}")
        busy, _, _ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return self.path.with_name(f"{self.path.name}-wal") if busy else None

    def _fact(self, name: str) -> Any:
        return self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()[0]

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One transaction, which alone writes; on the disk when it is left."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
