"""Clients that are too many, too slow, or take nothing: each is bounded, and the others are served."""

from __future__ import annotations

import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from loading import load
from serving import head, inside, server

from recbox.serve import body, protocol

ASK = b'{"user":"u0","k":1}'


def test_too_many_at_once_get_429_and_the_others_an_answer(artifact, tmp_path):
    """Ten times what is let in; when it is over, all is as before."""
    with inside(artifact, tmp_path / "e.db", concurrency=4) as own, ThreadPoolExecutor(40) as pool:
        asked = {"history": [100, 101, 102], "k": 60, "diversity": 0.5}
        found = list(pool.map(lambda _: own.post("/recommend", asked), range(200)))
        assert {each.status for each in found} == {200, 429}
        assert all(each.headers["retry-after"] for each in found if each.status == 429)
        assert own.items(user="u0", k=1)


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_ten_times_too_many_for_a_minute_and_five_seconds_later_all_is_well(artifact, tmp_path, capsys):
    """Each is answered, or told to come again; nothing else happens, and nothing stays of it."""

    def ask(n: int):
        if n % 10 == 0:
            return "/events", {"events": [{"user": f"u{n % 7}", "item": 100 + n % 60, "event_id": str(n)}]}
        return "/recommend", {"history": [100, 101, 102 + n % 50], "k": 60, "diversity": 0.5}

    with server(artifact, tmp_path / "e.db", "--concurrency", "8", workers=2) as own:
        with load(own.port, 160, ask) as asking:
            time.sleep(60)
            going = Counter(asking.count)
        began = time.monotonic()
        while own.post("/recommend", {"user": "u0", "k": 1}).status != 200:
            assert time.monotonic() < began + 5
        with load(own.port, 4, lambda n: ("/recommend", {"user": f"u{n % 20}", "k": 5})) as after:
            time.sleep(2)
        print(f"{dict(going)} in 60 s of overload; then {dict(after.count)} in 2 s")
        assert set(asking.count) <= {200, 429, 503} and going[200] and going[429], asking.count
        assert set(after.count) == {200}, after.count
        assert not own.said("fault") and not own.said("process ended")


def test_slow_clients_are_let_go_and_keep_nobody_waiting(artifact, tmp_path, monkeypatch):
    monkeypatch.setattr(body, "SECONDS", 1.0)
    monkeypatch.setattr(protocol, "SECONDS", 1.0)
    with inside(artifact, tmp_path / "e.db") as own:
        idle = [socket.create_connection(("127.0.0.1", own.port)) for _ in range(100)]
        for n, connection in enumerate(idle):
            connection.sendall((b"", b"POST /recommend HT", head(50), head(50) + b"{")[n % 4])
        began = time.monotonic()
        assert all(own.items(user="u0", k=1) for _ in range(20))
        assert time.monotonic() - began < 5
        for n, connection in enumerate(idle):
            connection.settimeout(20)
            said = connection.recv(1000)
            assert said == b"" if n % 4 < 2 else said.startswith(b"HTTP/1.1 408")
            connection.close()


def test_what_follows_an_answer_is_bounded_too(artifact, tmp_path, monkeypatch):
    """A body that was refused before it came, and empty lines between requests, keep no connection open; a
    long head after a long body is told from it."""
    monkeypatch.setattr(protocol, "SECONDS", 1.0)
    with inside(artifact, tmp_path / "e.db") as own:
        began = time.monotonic()
        for start in (b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n", head(50).replace(b"/recom", b"/")):
            with socket.create_connection(("127.0.0.1", own.port), timeout=20) as connection:
                connection.sendall(start)
                assert connection.recv(5000).startswith(b"HTTP/1.1 ")
                with pytest.raises(OSError):
                    while time.monotonic() < began + 30:
                        connection.sendall(b"\r\n" if start[:1] == b"G" else b"x")
                        time.sleep(0.3)
        with socket.create_connection(("127.0.0.1", own.port), timeout=20) as connection:
            for size in (1 << 20) - len(ASK), 10:
                connection.sendall(head(len(ASK) + size) + ASK + b" " * size)
                found = b""
                while not found.endswith(b"]}"):
                    found += connection.recv(5000)
                assert found.startswith(b"HTTP/1.1 200")


def test_who_does_not_take_an_answer_is_let_go_of(artifact, tmp_path, monkeypatch):
    monkeypatch.setattr(protocol, "SECONDS", 1.0)
    monkeypatch.setattr(protocol, "PATIENCE", 1.0)
    with inside(artifact, tmp_path / "e.db", connections=2) as own:
        lazy = [socket.socket() for _ in range(2)]
        for connection in lazy:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.connect(("127.0.0.1", own.port))
            connection.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n" * 200)
        end = time.monotonic() + 60
        while status(own) != 200:
            assert time.monotonic() < end
        for connection in lazy:
            connection.close()


def test_connections_are_bounded_and_the_idle_make_room(artifact, tmp_path):
    """No more are let in than may be; who comes then gets 503 at once, until one has been idle for a while:
    that which has been for longest is closed."""
    with inside(artifact, tmp_path / "e.db", connections=5) as own:
        held = []
        while (found := own.get("/livez")).status == 200:
            held.append(socket.create_connection(("127.0.0.1", own.port), timeout=20))
            held[-1].sendall(head(len(ASK)))  # the body is still to come: they aren't idle
        assert found.status == 503 and found.headers["retry-after"] and found.error["what"]
        inside_now = [connection for connection in held if answered(connection)]
        assert 1 <= len(inside_now) <= 5
        more = [socket.create_connection(("127.0.0.1", own.port)) for _ in range(5)]
        end = time.monotonic() + 30
        while not closed(inside_now[0]):
            assert status(own) in (200, 503) and time.monotonic() < end
        for connection in (*held, *more):
            connection.close()
        while (found := own.get("/metrics")).status != 200:
            assert time.monotonic() < end
        assert b'recbox_requests_total{path="other",status="503"}' in found.body


def answered(connection: socket.socket) -> bool:
    """Whether the list comes for which the body is still to be sent."""
    try:
        connection.sendall(ASK)
        return connection.recv(5000).startswith(b"HTTP/1.1 200")
    except OSError:  # it was refused
        return False


def status(own) -> int:
    try:
        return own.get("/livez").status
    except OSError:
        return 0


def closed(connection: socket.socket) -> bool:
    connection.settimeout(0.2)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True
