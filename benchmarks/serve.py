"""How many lists `recbox serve` gives in a second: `python benchmarks/serve.py [ARTIFACT] [--items N]`.

ARTIFACT: an artifact; its items get one more column, `share`, from 0 to 100, for conditions that most or few
items meet. Without one, `--items N` items and `--users N` users with vectors of `--width` random numbers. The
server is started on this machine and asked over `--connections` kept-alive connections for `--seconds` each,
a random user's ten best at a time; the client takes a part of the same cores. Then each of `--events` users
does something, and asks until the list has changed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from served_artifact import random_artifact, with_share

CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "where, 1 % of items": {"where": "share < 1"},
    "where, 99 % of items": {"where": "share >= 1"},
}


class Client(asyncio.Protocol):
    """One kept-alive connection: asks, reads the answer whole, asks again."""

    def __init__(
        self, make: Callable[[], bytes], until: float, times: list[float], wrong: list[bytes]
    ) -> None:
        self.make, self.until, self.times, self.wrong = make, until, times, wrong
        self.done = asyncio.get_running_loop().create_future()
        self.data, self.need = b"", 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.data, self.need, self.began = b"", 0, time.perf_counter()
        self.transport.write(self.make())

    def data_received(self, data: bytes) -> None:
        self.data += data
        if not self.need and (end := self.data.find(b"\r\n\r\n")) >= 0:
            head = self.data[:end].lower()
            self.need = end + 4 + int(head.partition(b"content-length:")[2].partition(b"\r")[0])
        if not self.need or len(self.data) < self.need:
            return
        now = time.perf_counter()
        self.times.append(now - self.began)
        if not self.data.startswith(b"HTTP/1.1 200"):
            self.wrong.append(self.data[:200])
        if now < self.until:
            self.ask()
        else:
            self.transport.close()
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.wrong.append(b"connection lost")
            self.done.set_result(None)


def request(path: str, body: dict[str, Any]) -> bytes:
    raw = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return head.encode() + b"content-length: %d\r\n\r\n" % len(raw) + raw


async def load(port: int, connections: int, seconds: float, make: Callable[[], bytes]) -> dict[str, Any]:
    """Requests a second, and times in milliseconds."""
    loop, times, wrong = asyncio.get_running_loop(), [], []
    began = time.perf_counter()
    opened = [
        await loop.create_connection(lambda: Client(make, began + seconds, times, wrong), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(client.done for _, client in opened))
    took = time.perf_counter() - began
    times.sort()
    return {
        "count": len(times),
        "rate": len(times) / took,
        "p50": 1e3 * times[len(times) // 2],
        "p99": 1e3 * times[int(0.99 * (len(times) - 1))],
        "wrong": len(wrong),
    }


async def asked(port: int, path: str, body: dict[str, Any]) -> dict[str, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request(path, body))
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
    found = json.loads(await reader.readexactly(length))
    writer.close()
    return found


async def changed(port: int, users: list[Any]) -> dict[str, Any]:
    """Milliseconds from the start of POST /events to the end of an answer without the item. A list that still
    has it would be asked for again; `again` says how often."""
    times, again = [], 0
    for user in users:
        first = (await asked(port, "/recommend", {"user": user, "k": 10}))["items"][0]["item"]
        began = time.perf_counter()
        await asked(port, "/events", {"events": [{"user": user, "item": first}]})
        while first in [row["item"] for row in (await asked(port, "/recommend", {"user": user}))["items"]]:
            again += 1
        times.append(1e3 * (time.perf_counter() - began))
    times.sort()
    return {"p50": statistics.median(times), "p99": times[int(0.99 * (len(times) - 1))], "again": again}


@contextmanager
def serving(artifact: Path, store: Path, workers: int, concurrency: int) -> Iterator[tuple[int, int]]:
    """The port and the process of a server."""
    command = [sys.executable, "-m", "recbox", "serve", str(artifact), "--port", "0", "--store", str(store)]
    command += ["--workers", str(workers), "--concurrency", str(concurrency), "--reload-every", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        port, ready = 0, 0
        while ready < workers:
            line = process.stderr.readline()
            if not line:
                raise SystemExit("the server ended")
            said = json.loads(line) if line.startswith("{") else {"event": line}
            ready += said["event"] == "ready"
            port = int(said["address"].rpartition(":")[2]) if said["event"] == "listening" else port
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


def memory(pid: int) -> float:
    """MiB of a process and those that it started, what they share counted once (proportional set size)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    total = 0
    for one in [str(pid), *children]:
        lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def worked(pid: int) -> float:
    """CPU seconds of a process and those that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ticks = [
        Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in [str(pid), *children]
    ]
    return sum(int(t[11]) + int(t[12]) for t in ticks) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifact", type=Path, nargs="?")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--connections", default="1,8,64")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "artifact"
        if told.artifact is None:
            users = random_artifact(place, told.users, told.items, told.width)
        else:
            users = with_share(told.artifact, place)
        found = measured(place, users, told)
    if told.json:
        print(json.dumps(found, indent=1))
        return
    print(f"{'':24}{'connections':>12}{'requests/s':>12}{'p50 ms':>10}{'p99 ms':>10}{'CPU ms':>10}")
    for row in found["load"]:
        print(
            f"{row['case']:24}{row['connections']:12}{row['rate']:12.0f}{row['p50']:10.2f}{row['p99']:10.2f}{row['cpu']:10.2f}"
            + (f"  {row['wrong']} failed" if row["wrong"] else "")
        )
    print("event to changed answer:", {k: round(v, 2) for k, v in found["event"].items()})
    print(f"memory of all processes: {found['mib']:.0f} MiB")


def measured(place: Path, users: list[Any], told: argparse.Namespace) -> dict[str, Any]:
    draw = random.Random(0)
    rows = []
    with serving(place, place.parent / "events.db", told.workers, 1024) as (port, pid):
        for case, more in CASES.items():
            asyncio.run(
                load(port, 8, 1.0, lambda m=more: request("/recommend", {"user": draw.choice(users), **m}))
            )
            for count in map(int, told.connections.split(",")):
                make = lambda m=more: request("/recommend", {"user": draw.choice(users), "k": 10, **m})  # noqa: E731
                before = worked(pid)
                row = {
                    "case": case,
                    "connections": count,
                    **asyncio.run(load(port, count, told.seconds, make)),
                }
                rows.append({**row, "cpu": 1e3 * (worked(pid) - before) / row.pop("count")})
        event = asyncio.run(changed(port, draw.sample(users, min(told.events, len(users)))))
        return {"load": rows, "event": event, "mib": memory(pid), "cores": len(os.sched_getaffinity(0))}


if __name__ == "__main__":
    main()
