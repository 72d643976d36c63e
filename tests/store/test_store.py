"""The store: what is acknowledged stays, once; what is read is what is there now."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recbox.errors import DataError
from recbox.store import Event, ItemRow, Store, Which, is_store, opened
from recbox.store.store import _ITEMS, _RECENT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.events.db"


def event(user: str, item: str, **more) -> Event:
    return Event(user, item, 1.0, **more)


def test_events_come_back_in_order_and_are_seen_by_others(path):
    with Store(path) as one, Store(path) as other:
        full = event("a", "x", weight=2.0, behaviour="buy", event_id="e", recommendation="r", version="v")
        assert one.append([[full, event("b", "y")], [event("a", "z")]]) == [2, 1]
        assert [(e.id, e.item) for e in other.of_user("a")] == [(1, "x"), (3, "z")]
        assert [e.item for e in other.of_user("a", most=1)] == ["z"]
        assert [e.id for e in other.events(after=1)] == [2, 3]
        found = other.of_user("a")[0]
        assert (found.weight, found.behaviour, found.event_id, found.version) == (2.0, "buy", "e", "v")
        assert other.state("a") == (0, 0, 3) and other.state("nobody") == (0, 0, 0)


def test_what_is_read_of_a_user_is_bounded_and_their_items_are_all(path, monkeypatch):
    """The newest that count, among the newest at all; the items of those that count, however long ago."""
    monkeypatch.setattr("recbox.store.store.LOOKED", 6)
    with Store(path) as store:
        events = [event("a", f"i{n}", behaviour=(None, "buy", "view")[n % 3]) for n in range(9)]
        store.append([[event("b", "x"), *events, event("a", "i0", behaviour="buy")]])
        buy, named, heavy = Which(("buy",)), Which(("buy",), unnamed=False), Which(least=2.0)
        for which, wanted in (
            (Which(), [5, 6, 7, 8, 0]),
            (buy, [4, 6, 7, 0]),
            (named, [4, 7, 0]),
            (Which(("buy", "view"), unnamed=False), [4, 5, 7, 8, 0]),
            (Which(("none",)), [6]),
            (heavy, []),
        ):
            assert [e.item for e in store.recent("a", 5, which)] == [f"i{n}" for n in wanted], which
        assert [e.item for e in store.recent("a", 2)] == ["i8", "i0"]
        assert sorted(store.items_of("a")) == [f"i{n}" for n in range(9)]
        assert sorted(store.items_of("a", buy)) == ["i0", "i1", "i3", "i4", "i6", "i7"]
        assert sorted(store.items_of("a", named)) == ["i0", "i1", "i4", "i7"]
        assert len(store.items_of("a", heavy)) == 9  # what is had is had, however little it weighs
        assert store.items_of("b", buy) == ["x"] and store.items_of("c") == store.recent("c", 5) == []


def test_a_users_events_are_found_by_an_index_also_in_a_store_that_is_older(path):
    """One that lacks it gets it when it is opened, and what is in it stays."""
    with Store(path) as store:
        store.append([[event("a", "x"), event("a", "y")]])
        store._db.execute("DROP INDEX events_item")
    with Store(path) as store, Store(path) as other:
        values = {"user": "a", "of": None, "unnamed": True, "least": None, "looked": 9, "most": 9}
        for asked, index in ((_ITEMS, "COVERING INDEX events_item"), (_RECENT, "INDEX events_user")):
            plan = other._db.execute(f"EXPLAIN QUERY PLAN {asked}", values).fetchall()
            assert any(index in step for *_, step in plan), plan
        assert sorted(other.items_of("a")) == ["x", "y"] == [e.item for e in store.of_user("a")]


def test_an_event_id_counts_once_within_and_between_batches(path):
    with Store(path) as store:
        twice = [event("a", "x", event_id="1"), event("a", "x", event_id="1")]
        assert store.append([twice, [event("b", "y", event_id="1"), event("b", "y")]]) == [1, 1]
        assert store.append([[event("a", "x", event_id="1")]]) == [0]
        assert len(store.of_user("a")) == 1
        assert store.counts() == (2, {})


def test_a_batch_that_can_not_be_stored_takes_the_others_with_it(path):
    with Store(path) as store:
        with pytest.raises(sqlite3.Error):
            store.append([[event("a", "x")], [event("a", None)]])
        assert not store.of_user("a") and store.append([[event("a", "x")]]) == [1]


def test_what_is_said_of_items_adds_up_and_moves_the_revision(path):
    with Store(path) as store, Store(path) as other:
        store.put_items([("x", {"price": 1, "title": "X"}, None), ("y", {}, False)])
        before = other.revision
        store.put_items([("x", {"price": 2}, None), ("y", {}, None)])
        assert other.revision > before
        assert other.items() == [
            ItemRow("x", {"price": 2, "title": "X"}),
            ItemRow("y", {}, available=False),
        ]
        items, people, _ = other.state("u")
        store.put_users([("u", {"age": 3})])
        store.put_users([("u", {"job": None})])
        assert other.state("u")[0] == items and other.state("u")[1] > people
        assert other.user("u") == {"age": 3, "job": None} and other.user("v") == {}


def test_clicks_are_counted_by_version_and_stay_when_events_go(path):
    with Store(path) as store:
        store.append([[event("a", "x", version="v1"), event("b", "x", version="v1"), event("c", "x")]])
        store.append([[event("a", "y", version="v2")]])
        assert store.counts() == (4, {"v1": 2, "v2": 1})
        store.forget(["a"])
        assert store.counts() == (4, {"v1": 2, "v2": 1})


def test_who_is_forgotten_leaves_no_trace(path):
    """Neither in rows nor in the bytes of the files; others stay."""
    name = "somebody-who-wants-to-go"
    with Store(path) as store:
        store.append([[event(name, f"i{i}", event_id=f"{name}-{i}") for i in range(200)], [event("b", "y")]])
        store.put_users([(name, {"age": 3})])
        before = store.state(name)
        assert store.forget([name]) == 200
        assert store.state(name)[1] > before[1] and not store.of_user(name) and len(store.of_user("b")) == 1
        for file in path.parent.iterdir():
            assert name.encode() not in file.read_bytes(), file


def test_many_may_open_a_new_file_at_once(path):
    code = (
        "import sys; from pathlib import Path; from recbox.store import Store; Store(Path(sys.argv[1])).key"
    )
    many = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(6)]
    assert [one.wait() for one in many] == [0] * 6
    Store(path).append([[event("a", "x")]])


def test_the_file_is_its_owners_alone(path):
    Store(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_key_stays(path):
    with Store(path) as store:
        key = store.key
    with Store(path) as store:
        assert store.key == key and len(key) == 32


@pytest.mark.parametrize("what", ["text", "other", "newer", "folder"])
def test_what_is_no_store_is_refused_and_left_alone(path, what):
    if what == "text":
        path.write_text("user,item\n" * 500)
    elif what == "folder":
        path.mkdir()
    else:
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE mine(x)")
        if what == "newer":
            db.execute(f"PRAGMA application_id = {0x72626576}")
            db.execute("PRAGMA user_version = 99")
        db.commit()
        db.close()
    before = None if what == "folder" else path.read_bytes()
    with pytest.raises(DataError, match="99" if what == "newer" else "no store|can't open"):
        Store(path)
    assert before is None or path.read_bytes() == before


WRITER = """
import sys
from pathlib import Path
from recbox.store import Event, Store
store = Store(Path(sys.argv[1]))
for n in range(10**9):
    store.append([[Event(sys.argv[2], str(n), 0.0, event_id=f"{sys.argv[2]}:{n}")]])
    print(n, flush=True)
"""


@pytest.mark.parametrize("times", [3, pytest.param(50, marks=pytest.mark.soak)])
def test_kill_9_loses_nothing_that_was_acknowledged(path, times):
    """Two writers at once, killed at some moment; what they said is stored is there, once."""
    said: dict[str, int] = {}
    for turn in range(times):
        names = [f"{turn}a", f"{turn}b"]
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE)
            for name in names
        ]
        for writer in writers:
            assert writer.stdout.readline()
        time.sleep(0.02 * (turn % 5))
        for name, writer in zip(names, writers):
            os.kill(writer.pid, signal.SIGKILL)
            # A number that the kill cut short was printed after its event was stored all the same.
            lines = writer.communicate()[0].decode().splitlines(keepends=True)
            said[name] = len([line for line in lines if line.endswith("\n")])
    with Store(path) as store:
        for name, count in said.items():
            items = [int(e.item) for e in store.of_user(name)]
            assert items == list(range(len(items))) and len(items) >= count


def test_one_that_only_reads_changes_nothing_and_makes_no_file(path):
    with pytest.raises(DataError, match="can't open the store"), opened(path):
        pass
    assert not path.exists()
    with Store(path) as store:
        store.append([[event("a", "x"), event("b", "y"), event("a", "z")]])
        store.put_users([("c", {"age": 3}), ("a", {"age": 4})])
    raw = path.read_bytes()
    with opened(path) as store:
        assert store.count(["a", "c"]) == 2 and store.having(["a", "b", "c", "d"]) == {"a", "b", "c"}
        assert store.users() == [("a", {"age": 4}), ("c", {"age": 3})]
        assert [e.item for e in store.events()] == ["x", "y", "z"]
    with pytest.raises(DataError, match="can't use the store"), opened(path) as store:
        store.forget(["a"])
    assert path.read_bytes() == raw and is_store(path)
    with opened(path, write=True) as store:
        assert store.forget(["a"]) == 2 and store.log() is None
    assert b'"age": 4' not in path.read_bytes()


def test_another_programs_file_is_no_store(path):
    sqlite3.connect(path).execute("CREATE TABLE events(user TEXT)")
    with pytest.raises(DataError, match="no store of events"), opened(path):
        pass
    path.write_bytes(b"SQLite format 3\0 and so on")
    with pytest.raises(DataError), opened(path):
        pass
