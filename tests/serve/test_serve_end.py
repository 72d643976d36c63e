"""Ends, asked for and not: what was acknowledged isn't lost, and what was accepted gets its answer."""

from __future__ import annotations

import os
import shutil
import signal
import time

import pytest
from loading import load
from serving import inside, server

from recbox.store import Store


@pytest.mark.parametrize("times", [1, pytest.param(50, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
def test_kill_9_while_events_stream_loses_and_doubles_nothing(artifact, tmp_path, times):
    """Clients send again what wasn't acknowledged, by the same event_id, to the server that comes after."""
    acknowledged: set[str] = set()
    for turn in range(times):
        with server(artifact, tmp_path / "e.db") as own:

            def ask(n: int, turn: int = turn):
                return "/events", {"events": [{"user": f"u{n % 7}", "item": n, "event_id": f"{turn}:{n}"}]}

            with load(own.port, 6, ask) as asking:
                time.sleep(0.1 + 0.05 * (turn % 10))
                os.kill(own.process.pid, signal.SIGKILL)
                own.process.wait()
            for body, told in asking.told:
                assert told == {"stored": 1, "duplicate": 0}
                acknowledged.add(body["events"][0]["event_id"])
    with inside(artifact, tmp_path / "e.db") as own, Store(tmp_path / "e.db") as store:
        stored = [event.event_id for event in store.events()]
        assert len(stored) == len(set(stored)) and acknowledged <= set(stored) and len(acknowledged) > times
        again = own.post("/events", {"events": [{"user": "u1", "item": 1, "event_id": stored[0]}]}).json
        assert again == {"stored": 0, "duplicate": 1}


def test_a_process_that_dies_is_started_again_and_none_outlives_the_first(artifact, tmp_path):
    """Not even where what is to be opened is damaged by then: the others go on with what they have."""
    place = tmp_path / "shop"
    shutil.copytree(artifact, place)
    with server(place, tmp_path / "e.db", "--reload-every", "0", workers=2) as own:
        ready = {line["process"] for line in own.said("ready")}
        (place / "README.md").rename(tmp_path / "aside")
        os.kill(min(ready), signal.SIGKILL)
        own.wait(lambda: len(own.said("process ended")) == 2)
        assert [line["code"] for line in own.said("process ended")] == [-signal.SIGKILL, 2]
        assert own.items(user="u0", k=1)
        (tmp_path / "aside").rename(place / "README.md")
        own.wait(lambda: len(own.said("ready")) == 3)
        assert all(own.items(user="u0", k=1) for _ in range(6))
        left = {line["process"] for line in own.said("ready")} - {min(ready)}
        os.kill(own.process.pid, signal.SIGKILL)
        own.process.wait()
        until = time.monotonic() + 20
        while any(alive(process) for process in left):
            assert time.monotonic() < until
            time.sleep(0.05)


def alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
