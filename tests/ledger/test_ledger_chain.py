"""The ledger of test touches: many writers, kills, torn ends, and every way to take a line back."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from recbox.errors import DataError
from recbox.ledger import Touch, append, place, read

TOUCH = Touch("run", "small", "a" * 64, "b" * 64, "c" * 64, 0, "ndcg@10", 0.25)

WRITER = """
import sys
from pathlib import Path
from recbox.ledger import Touch, append
for n in range(int(sys.argv[2])):
    append(Path(sys.argv[1]), Touch("run", sys.argv[3], "a" * 64, "b" * 64, "c" * 64, n, "ndcg@10", n / 7))
    print(n, flush=True)
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def writer(ledger: Path, lines: int, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(ledger), str(lines), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def filled(ledger: Path, lines: int) -> list[bytes]:
    for n in range(lines):
        append(ledger, replace(TOUCH, seed=n))
    return ledger.read_bytes().splitlines(keepends=True)


def test_a_line_is_found_again_by_index_and_hash(ledger: Path) -> None:
    entries = [append(ledger, replace(TOUCH, seed=n, value=n / 3)) for n in range(3)]
    chain = read(ledger)
    assert not chain.faults and not chain.torn
    for n, entry in enumerate(entries):
        line = chain.at(entry.index)
        assert line is not None and (entry.index, entry.hash) == (n, line.hash)
        assert line.touch == replace(TOUCH, seed=n, value=n / 3)
        assert time.strptime(line.time, "%Y-%m-%dT%H:%M:%SZ")


def test_touches_are_counted_by_split_and_by_recipe(ledger: Path) -> None:
    found = [append(ledger, replace(TOUCH, split=s * 64, recipe=r * 64)) for s, r in ("cx", "dx", "cy", "cx")]
    assert [(e.times, e.recipes) for e in found] == [(1, 1), (1, 1), (2, 2), (3, 2)]


def test_two_ledgers_of_the_same_touches_say_the_same(tmp_path: Path) -> None:
    assert place(tmp_path / "runs" / "x") == tmp_path / "runs" / "ledger.jsonl"


def test_one_ledger_for_all_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECBOX_LEDGER", str(tmp_path / "ours.jsonl"))
    assert place(Path("/elsewhere/x")) == tmp_path / "ours.jsonl"


def test_four_writers_at_once_lose_nothing(ledger: Path) -> None:
    children = [writer(ledger, 50, f"w{n}") for n in range(4)]
    assert [child.wait(60) for child in children] == [0] * 4
    for child in children:
        child.communicate()
    chain = read(ledger)
    assert not chain.faults and [line.index for line in chain.lines] == list(range(200))
    for n in range(4):
        assert [line.touch.seed for line in chain.lines if line.touch.name == f"w{n}"] == list(range(50))


def test_writers_killed_at_random_moments_leave_a_whole_chain(ledger: Path) -> None:
    draw, said = random.Random(4), 0
    for number in range(6):
        child = writer(ledger, 10_000, str(number))
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(draw.uniform(0.0, 0.05))
        child.send_signal(signal.SIGKILL)
        said += 1 + len(child.communicate()[0].split())
    append(ledger, TOUCH)
    chain = read(ledger)
    assert not chain.faults and not chain.torn
    assert len(chain.lines) >= said + 1


@pytest.mark.parametrize("left", [1, 40, -1])
def test_an_unfinished_line_is_told_of_and_then_removed(ledger: Path, left: int) -> None:
    """left: bytes of the third line that made it to the disk; -1: all but its line feed."""
    *whole, last = filled(ledger, 3)
    ledger.write_bytes(b"".join(whole) + last[:left])
    chain = read(ledger)
    assert chain.torn and not chain.faults and len(chain.lines) == 2
    entry = append(ledger, TOUCH)
    assert (entry.index, entry.torn) == (2, len(last[:left]))
    assert not read(ledger).faults and not read(ledger).torn


def test_a_first_line_that_is_unfinished(ledger: Path) -> None:
    ledger.write_bytes(b'{"index":0,"ti')
    assert append(ledger, TOUCH).index == 0
    assert len(read(ledger).lines) == 1


def test_a_deleted_line_shows(ledger: Path) -> None:
    lines = filled(ledger, 4)
    ledger.write_bytes(b"".join(lines[:1] + lines[2:]))
    (fault,) = read(ledger).faults
    assert fault.number == 2 and "missing" in fault.what


def test_a_deleted_line_shows_where_the_rest_was_numbered_anew(ledger: Path) -> None:
    lines = filled(ledger, 4)
    renumbered = [
        json.dumps(json.loads(x) | {"index": n}, separators=(",", ":")).encode() + b"\n"
        for n, x in enumerate(lines[:1] + lines[2:])
    ]
    ledger.write_bytes(b"".join(renumbered))
    assert [f.number for f in read(ledger).faults] == [2, 3]


def test_an_edited_line_shows(ledger: Path) -> None:
    lines = filled(ledger, 3)
    ledger.write_bytes(lines[0].replace(b"0.25", b"0.35") + b"".join(lines[1:]))
    (fault,) = read(ledger).faults
    assert fault.number == 2 and "changed" in fault.what


def test_the_last_line_is_vouched_for_by_its_hash_alone(ledger: Path) -> None:
    filled(ledger, 2)
    entry = append(ledger, TOUCH)
    ledger.write_bytes(ledger.read_bytes().replace(b"0.25", b"0.35"))
    line = read(ledger).at(entry.index)
    assert line is not None and line.hash != entry.hash


@pytest.mark.parametrize("odd", [b"\n", b"[]\n", b"\xff\xfe\n", b"{}\n", b"x" * 200_000 + b"\n"])
def test_a_line_that_is_none_shows_and_stops_nobody(ledger: Path, odd: bytes) -> None:
    lines = filled(ledger, 2)
    ledger.write_bytes(b"".join(lines) + odd)
    assert [f.number for f in read(ledger).faults] == [3]
    assert append(ledger, TOUCH).index == 3
    assert [f.number for f in read(ledger).faults] == [3]


def test_a_full_disk_leaves_the_file_as_it_was(ledger: Path) -> None:
    filled(ledger, 2)
    before = ledger.read_bytes()
    limited = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); " + (
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 100}, -1))\n"
    )
    command = [sys.executable, "-c", limited + WRITER, str(ledger), "1", "w"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "OSError" in done.stderr
    assert ledger.read_bytes() == before


def test_what_is_no_file_is_refused_and_never_waited_for(ledger: Path) -> None:
    os.mkfifo(ledger)
    with pytest.raises(OSError, match="no plain file"):
        append(ledger, TOUCH)
    with pytest.raises(DataError, match="no file"):
        read(ledger)
    with pytest.raises(DataError, match="can't read"):
        read(ledger.parent / "none")


def test_a_hundred_thousand_lines(ledger: Path) -> None:
    (first,) = filled(ledger, 1)
    ledger.write_bytes(first * 100_000)
    start = time.perf_counter()
    entry = append(ledger, TOUCH)
    assert time.perf_counter() - start < 10
    assert entry.times == 100_001
    assert ledger.stat().st_size < 60_000_000
    start = time.perf_counter()
    assert len(read(ledger).lines) == 100_001
    assert time.perf_counter() - start < 10
