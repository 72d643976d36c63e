"""What the kit sees of the network: hosts that are asked for, and nothing that stays on this machine."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest

from recbox.contract.dialled import dialled


def test_other_hosts_are_refused_and_named() -> None:
    with dialled() as hosts:
        with pytest.raises(urllib.error.URLError, match="no network"):
            urllib.request.urlopen("http://models.example/a", timeout=1)
        with socket.socket() as line, pytest.raises(OSError, match="no network"):
            line.connect_ex(("192.0.2.1", 9))
        with socket.socket(type=socket.SOCK_DGRAM) as line, pytest.raises(OSError, match="no network"):
            line.sendto(b"x", ("192.0.2.1", 9))
        assert hosts() == ["models.example", "192.0.2.1", "192.0.2.1"]


def test_this_machine_is_no_other_host() -> None:
    one, other = socket.socketpair()
    with dialled() as hosts, socket.create_server(("127.0.0.1", 0)) as server, one, other:
        with socket.create_connection(("localhost", server.getsockname()[1]), timeout=5) as line:
            line.sendall(b"tea")
        one.sendall(b"tea")
        assert other.recv(3) == b"tea"
        assert hosts() == []


def test_all_is_as_before_afterwards() -> None:
    kept = socket.getaddrinfo, socket.socket.connect, dict(vars(socket.socket))
    with pytest.raises(KeyError), dialled():
        raise KeyError
    assert (socket.getaddrinfo, socket.socket.connect, dict(vars(socket.socket))) == kept
