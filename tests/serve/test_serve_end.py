"""Ends, asked for and not: what was acknowledged isn't lost, and what was accepted gets its answer.

Of EASE, whose processes begin sooner, for they need no graph."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing

import numpy as np
import pytest
from loading import load
from serving import Server, inside, server

from recbox.serve.record import Rows
from recbox.store import Store


@pytest.mark.parametrize("times", [1, pytest.param(50, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
def test_kill_9_while_events_stream_loses_and_doubles_nothing(ease, tmp_path, times):
    """Clients send again what wasn't acknowledged, by the same event_id, to the server that comes after."""
    acknowledged: set[str] = set()
    for turn in range(times):
        with server(ease, tmp_path / "e.db") as own:

            def ask(n: int, turn: int = turn):
                return "/events", {"events": [{"user": f"u{n % 7}", "item": n, "event_id": f"{turn}:{n}"}]}

            with load(own.port, 6, ask) as asking:
                time.sleep(0.1 + 0.05 * (turn % 10))
                os.kill(own.process.pid, signal.SIGKILL)
                own.process.wait()
            for body, told in asking.told:
                assert told == {"stored": 1, "duplicate": 0}
                acknowledged.add(body["events"][0]["event_id"])
    with inside(ease, tmp_path / "e.db") as own, Store(tmp_path / "e.db") as store:
        stored = [event.event_id for event in store.events()]
        assert len(stored) == len(set(stored)) and acknowledged <= set(stored) and len(acknowledged) > times
        again = own.post("/events", {"events": [{"user": "u1", "item": 1, "event_id": stored[0]}]}).json
        assert again == {"stored": 0, "duplicate": 1}


def test_a_process_that_dies_is_started_again_and_none_outlives_the_first(ease, tmp_path):
    """Not even where what is to be opened is damaged by then: the others go on with what they have."""
    place = tmp_path / "shop"
    shutil.copytree(ease, place)
    with server(place, tmp_path / "e.db", "--reload-every", "0", workers=2) as own:
        ready = {line["process"] for line in own.said("ready")}
        (place / "README.md").rename(tmp_path / "aside")
        os.kill(min(ready), signal.SIGKILL)
        own.wait(lambda: gauge(own, "recbox_workers_ready") == 1)
        own.wait(lambda: len(own.said("process ended")) == 2)
        assert [line["code"] for line in own.said("process ended")] == [-signal.SIGKILL, 2]
        assert own.items(user="u0", k=1)
        (tmp_path / "aside").rename(place / "README.md")
        own.wait(lambda: len(own.said("ready")) == 3)
        assert gauge(own, "recbox_workers_ready") == 2
        assert all(own.items(user="u0", k=1) for _ in range(6))
        left = {line["process"] for line in own.said("ready")} - {min(ready)}
        os.kill(own.process.pid, signal.SIGKILL)
        own.process.wait()
        until = time.monotonic() + 20
        while any(alive(process) for process in left):
            assert time.monotonic() < until
            time.sleep(0.05)


def test_one_that_is_ended_alone_leaves_the_socket_and_a_second_end_is_none(ease, tmp_path):
    """First one of two is ended, and another takes its place. Then all are, as systemd ends a service: each
    process gets SIGTERM, and those that share the socket once more from who started them. What was accepted
    is answered, by processes that take no longer than the answers."""
    with server(ease, tmp_path / "e.db", "--reload-every", "0", workers=2) as own:
        first = own.said("ready")[0]["process"]
        os.kill(first, signal.SIGTERM)
        own.wait(lambda: len(own.said("ready")) == 3)
        assert all(own.items(user="u0", k=1) for _ in range(8))
        workers = {line["process"] for line in own.said("ready")} - {first}

        def ask(n: int):
            return "/events", {"events": [{"user": "u1", "item": 100, "event_id": str(n)}]}

        with load(own.port, 6, ask) as asking:
            time.sleep(0.5)
            for process in (*workers, own.process.pid):
                os.kill(process, signal.SIGTERM)
            assert own.process.wait(45) == 0
    told = {body["events"][0]["event_id"] for body, _ in asking.told}
    with Store(tmp_path / "e.db") as store:
        stored = {event.event_id for event in store.events()}
    assert told and told == stored


def test_an_event_that_the_data_has_counts_once():
    """As after an update: of the same item, at the same second; without times, of the same item."""
    item, none = np.array([3, 5, 7]), np.array([], np.int64)
    fitted = np.array([True, True, False])
    rows = Rows(item, np.ones(3, np.float32), np.array([10, 20, 30]), fitted)
    asked = np.array([3, 3, 5, 7, -1])
    assert rows.have(asked, [10.0, 11.0, 20.9, 30.0, 10.0]).tolist() == [True, False, True, False, False]
    untimed = Rows(item, np.ones(3, np.float32), None, fitted)
    assert untimed.have(asked, [0.0] * 5).tolist() == [True, True, True, False, False]
    assert rows.have(none, []).tolist() == []


def test_a_store_that_refuses_is_no_fault_of_the_request(artifact, tmp_path):
    with inside(artifact, tmp_path / "e.db") as own:
        with closing(sqlite3.connect(tmp_path / "e.db")) as file, file:
            file.execute("CREATE TRIGGER x BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END")
        found = own.post("/events", {"events": [{"user": "u1", "item": 100}]})
        assert found.status == 503 and "store of events" in found.error["what"]
        assert own.items(user="u1", k=1)


def gauge(own: Server, name: str) -> float:
    lines = own.get("/metrics").body.decode().splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])


def alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
