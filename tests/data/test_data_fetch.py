"""Downloads from a real server on this machine: resumed, checked, and never half there."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from recbox.context import Context
from recbox.data import connect, fetch
from recbox.data.fetch import Download, FetchError, download, published_md5
from recbox.data.mirror import fetch_wheel
from recbox.data.wheel import Wheel
from recbox.progress import Progress, Task

BODY = bytes(range(256)) * 2000
SHA = "sha256:" + hashlib.sha256(BODY).hexdigest()


class _Server(ThreadingHTTPServer):
    """Serves BODY; `cut` bytes after the first are sent of each answer, `deaf` ignores ranges."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cut, self.deaf, self.status, self.body = None, False, None, BODY
        self.ranges, self.answers = [], 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/data.zip"


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        server = self.server
        server.answers += 1
        if server.status:
            location = server.status[1] if isinstance(server.status, tuple) else None
            self.send_response(server.status[0] if location else server.status)
            if location:
                self.send_header("Location", location)
            self.end_headers()
            return
        wanted = self.headers.get("Range")
        server.ranges.append(wanted)
        begin = int(wanted[6:-1]) if wanted and not server.deaf else 0
        if begin >= len(server.body):
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(server.body) - 1}/{len(server.body)}")
        rest = server.body[begin:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: server.cut])


@pytest.fixture
def server():
    with _Server() as server:
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01), daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(fetch, "PAUSE_SECONDS", 0.01)
    monkeypatch.delenv("http_proxy", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


class _Seen(Progress, Task):
    def __init__(self):
        self.steps, self.total = 0, None

    def open(self, title, total, unit):
        self.total = total
        return self

    def close(self, task):
        pass

    def notice(self, message, level="info"):
        pass

    def advance(self, steps=1, **facts):
        self.steps += steps


def names(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_file_arrives_whole_and_is_seen_to(server, tmp_path):
    seen = _Seen()
    download(Download(server.url, SHA, 1 << 20), tmp_path / "a" / "data.zip", Context(progress=seen))
    assert (tmp_path / "a" / "data.zip").read_bytes() == BODY
    assert seen.steps == seen.total == len(BODY)
    assert names(tmp_path / "a") == ["data.zip"]


def test_what_is_there_is_not_fetched_again(server, tmp_path):
    wanted = Download(server.url, SHA, 1 << 20)
    for _ in range(2):
        download(wanted, tmp_path / "data.zip", Context())
    assert server.answers == 1


def test_a_part_is_resumed_where_it_ends(server, tmp_path):
    (tmp_path / "data.zip.part").write_bytes(BODY[:1000])
    download(Download(server.url, SHA, 1 << 20), tmp_path / "data.zip", Context())
    assert server.ranges == ["bytes=1000-"]
    assert (tmp_path / "data.zip").read_bytes() == BODY


def test_a_server_without_ranges_sends_it_all_again(server, tmp_path):
    server.deaf = True
    (tmp_path / "data.zip.part").write_bytes(b"x" * 1000)
    download(Download(server.url, SHA, 1 << 20), tmp_path / "data.zip", Context())
    assert (tmp_path / "data.zip").read_bytes() == BODY


def test_a_part_of_something_else_is_thrown_away(server, tmp_path):
    (tmp_path / "data.zip.part").write_bytes(b"x" * 1000)
    download(Download(server.url, SHA, 1 << 20), tmp_path / "data.zip", Context())
    assert (tmp_path / "data.zip").read_bytes() == BODY
    assert server.ranges == ["bytes=1000-", None]


@pytest.mark.parametrize("part", [BODY, BODY + b"more"])
def test_a_part_that_is_complete_or_too_long(server, tmp_path, part):
    (tmp_path / "data.zip.part").write_bytes(part)
    download(Download(server.url, SHA, 1 << 20), tmp_path / "data.zip", Context())
    assert (tmp_path / "data.zip").read_bytes() == BODY


def test_a_line_that_breaks_is_taken_up_again(server, tmp_path):
    server.cut = len(BODY) // 2
    download(Download(server.url, SHA, 1 << 20), tmp_path / "data.zip", Context())
    assert (tmp_path / "data.zip").read_bytes() == BODY
    assert server.ranges == [None, f"bytes={server.cut}-"]


def test_a_line_that_keeps_breaking_leaves_what_came(server, tmp_path):
    server.cut = 10
    with pytest.raises(FetchError, match="the connection broke after 30 of 512000 bytes"):
        download(Download(server.url, SHA, 1 << 20), tmp_path / "data.zip", Context())
    assert names(tmp_path) == ["data.zip.part"]


def test_a_wrong_checksum_leaves_nothing(server, tmp_path):
    with pytest.raises(FetchError, match="checksum"):
        download(Download(server.url, "md5:" + "0" * 32, 1 << 20), tmp_path / "data.zip", Context())
    assert names(tmp_path) == []
    assert server.answers == 1


def test_a_file_larger_than_expected_is_refused(server, tmp_path):
    with pytest.raises(FetchError, match="larger than 1000 bytes"):
        download(Download(server.url, SHA, 1000), tmp_path / "data.zip", Context())
    assert names(tmp_path) == []


@pytest.mark.parametrize(("status", "answers"), [(404, 1), (503, 3)])
def test_only_a_passing_refusal_is_asked_again(server, tmp_path, status, answers):
    server.status = status
    with pytest.raises(FetchError, match=str(status)):
        download(Download(server.url, SHA, 1 << 20), tmp_path / "data.zip", Context())
    assert server.answers == answers


@pytest.mark.parametrize("location", ["http://files.example.org/data.zip", "file:///etc/passwd"])
def test_a_redirect_away_from_https_is_refused(server, tmp_path, location):
    server.status = (302, location)
    with pytest.raises(FetchError):
        download(Download(server.url, SHA, 1 << 20), tmp_path / "data.zip", Context())


def test_plain_http_is_for_this_machine_alone(tmp_path):
    with pytest.raises(FetchError, match="not https"):
        download(Download("http://example.org/data.zip", SHA, 1), tmp_path / "data.zip", Context())


def test_no_network_is_known_soon(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/data.zip"
        with pytest.raises(FetchError, match="can't be reached"):
            download(Download(url, SHA, 1), tmp_path / "data.zip", Context())


def test_connecting_has_a_limit_whatever_hangs(monkeypatch):
    monkeypatch.setattr(connect, "CONNECT_SECONDS", 0.2)
    begin = time.monotonic()
    with pytest.raises(TimeoutError):
        connect._within(0.2, lambda: time.sleep(2))
    assert time.monotonic() - begin < 1


def test_offline_forbids_every_way(server, tmp_path):
    offline = Context(offline=True)
    with pytest.raises(FetchError, match="--offline"):
        download(Download(server.url, SHA, 1 << 20), tmp_path / "data.zip", offline)
    with pytest.raises(FetchError, match="--offline"):
        published_md5(server.url, offline)
    with pytest.raises(FetchError, match="--offline"):
        fetch_wheel(Wheel("recbole==1.2.1", "0"), tmp_path, offline)
    assert server.answers == 0 and names(tmp_path) == []


def test_a_published_checksum_is_found_in_its_line(server):
    server.body = b"MD5 (a.zip) = BE33B8CC8A17CDB0F3E5E6F2F0DEBEF9\n"
    assert published_md5(server.url, Context()) == "md5:be33b8cc8a17cdb0f3e5e6f2f0debef9"
    server.body = b"<html>moved</html>"
    with pytest.raises(FetchError, match="no MD5"):
        published_md5(server.url, Context())


def test_a_folder_that_cannot_be_written_is_the_users_to_mend(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchError, match="RECBOX_CACHE"):
        download(Download(server.url, SHA, 1 << 20), tmp_path / "file" / "data.zip", Context())


def test_two_at_once_fetch_it_once(server, tmp_path):
    wanted = Download(server.url, SHA, 1 << 20)
    threads = [
        threading.Thread(target=download, args=(wanted, tmp_path / "data.zip", Context())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.answers == 1 and (tmp_path / "data.zip").read_bytes() == BODY
