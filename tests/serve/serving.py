"""A server in a process of its own, and a client for it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recbox.serve.metrics import Metrics
from recbox.serve.options import Options
from recbox.serve.running import Process
from recbox.serve.starting import listen

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, str]:
        found = self.json["error"]
        assert set(found) == {"where", "what", "why", "instead"}
        return found


@dataclass
class Server:
    """process: whoever was started, None in this process; errors: its standard error, a line of JSON each."""

    process: subprocess.Popen[bytes] | None
    port: int
    errors: Path | None = None

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request on a connection of its own; a body that is no bytes is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            if raw is not None:
                named = {"content-type": "application/json", **named}
            connection.request(method, path, raw, named)
            found = connection.getresponse()
            return Answer(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.ask("POST", path, {} if body is None else body, **headers)

    def items(self, **asked: Any) -> list[Any]:
        """The ids of a list."""
        found = self.post("/recommend", asked)
        assert found.status == 200, found.body
        return [row["item"] for row in found.json["items"]]

    def raw(self, data: bytes, seconds: float = 5.0) -> bytes:
        """What comes back on a connection to which just this is sent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(data)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            found = b""
            with contextlib.suppress(OSError):
                while part := connection.recv(1 << 16):
                    found += part
            return found

    @property
    def log(self) -> list[dict[str, Any]]:
        lines = self.errors.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def said(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.log if line["event"] == event]

    def wait(self, ready: Any, seconds: float = 60.0) -> None:
        """Until `ready` says so; an error where it doesn't in time, or the process ends."""
        until = time.monotonic() + seconds
        while not ready():
            assert self.process.poll() is None, self.errors.read_text()
            assert time.monotonic() < until, self.errors.read_text()
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 45.0) -> int:
        """The exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)


def head(length: int, *more: str) -> bytes:
    """Of a request for a list, whose body is so long."""
    lines = ["POST /recommend HTTP/1.1", "host: localhost", "content-type: application/json"]
    return "\r\n".join([*lines, f"content-length: {length}", *more, "", ""]).encode()


@contextlib.contextmanager
def server(
    artifact: Path, store: Path, *options: str, workers: int = 1, **variables: str
) -> Iterator[Server]:
    """`recbox serve` until the block ends."""
    errors = Path(tempfile.mkstemp(suffix=".log", dir=store.parent)[1])
    command = [sys.executable, "-m", "recbox", "serve", str(artifact), "--port", "0", "--store", str(store)]
    command += ["--workers", str(workers), *options]
    environment = {**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT)), **variables}
    with errors.open("wb") as stream:
        process = subprocess.Popen(command, stderr=stream, env=environment, cwd=store.parent)
    found = Server(process, 0, errors)
    try:
        found.wait(lambda: found.said("listening"))
        found.port = int(found.said("listening")[0]["address"].rpartition(":")[2])
        found.wait(lambda: len(found.said("ready")) >= workers)
        yield found
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


@contextlib.contextmanager
def inside(artifact: Path, store: Path, **options: Any) -> Iterator[Server]:
    """The same server in a thread of this process, which is quicker; signals are left out."""
    told = Options(artifact, store, port=0, **options)
    listener = listen(told)
    process = Process(told, listener, Metrics())
    loop: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loop.append(asyncio.get_running_loop())
        await process.serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    found = Server(None, listener.getsockname()[1])
    try:
        until = time.monotonic() + 60
        while found.get("/readyz", authorization=f"Bearer {told.token}").status != 200:
            assert thread.is_alive() and time.monotonic() < until
            time.sleep(0.02)
        yield found
    finally:
        loop[0].call_soon_threadsafe(process.end)
        thread.join(60)
        assert not thread.is_alive()
