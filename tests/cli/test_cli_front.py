"""Exit codes, and where a mistake or a fault is told."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recbox.cli import front, stopping
from recbox.cli.stopping import Termination
from recbox.errors import DataError

Recbox = Callable[..., Any]


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["plugns"], "did you mean 'plugins'?"),
        (["rn", "x.yaml"], "did you mean 'run'?"),
        (["qqqqq"], "one of: run, init"),
        (["run"], "Missing argument 'RECIPE'"),
        (["run", "x", "--sed", "3"], "--seed"),
        (["run", "x", "--seed", "-1"], "--seed"),
        (["run", "x", "--seed", "many"], "--seed"),
        (["run", "x", "--kernel", "cuda"], "'dgl'"),
        (["run", "x", "--memory", "nan"], "not a number above 0"),
        (["run", "x", "--memory", "0"], "not a number above 0"),
        (["run", "x", "--set", "lr"], "train.optimizer.lr=0.01"),
        (["run", "x", "--data-dir", "/no/such/folder"], "does not exist"),
        (["run", "x", "--code", "/no/such/file.py"], "does not exist"),
        (["run", "\0"], "a NUL character"),
        (["eval", "a\0"], "a NUL character"),
        (["run", ""], "a recipe is a file"),
        (["plugins", "lst"], "list"),
        (["plugins", "show", "lightgnc"], "did you mean 'lightgcn'?"),
        (["plugins", "list", "--kind", "layers"], "'layer'"),
        (["recommend", "folder"], "--user ID"),
        (["recommend", "folder", "--user", "1", "--all"], "--user ID"),
        (["recommend", "folder", "--user", "1", "-k", "0"], "-k"),
        (["bench", "everything"], "kernel"),
    ],
)
def test_a_mistake_is_told_without_traceback(recbox: Recbox, args: list[str], hint: str) -> None:
    done = recbox(*args)
    assert done.code == 2
    assert hint in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_a_typed_error_of_any_room_is_a_mistake(recbox: Recbox, monkeypatch: pytest.MonkeyPatch) -> None:
    error = DataError("no such file", where="u.data", why="it is not there", instead="fetch it")
    _raise_in_list(monkeypatch, error)
    done = recbox("plugins", "list")
    assert (done.code, done.out) == (2, "")
    assert done.err == "recbox: u.data: no such file\n  why: it is not there\n  try: fetch it\n"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.ENAMETOOLONG])
def test_what_the_system_refuses_is_a_mistake(
    recbox: Recbox, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    _raise_in_list(monkeypatch, OSError(number, os.strerror(number), "/some/where"))
    done = recbox("plugins", "list")
    assert done.code == 2
    assert done.err.startswith(f"recbox: /some/where: {os.strerror(number)}\n  try: ")


def test_a_fault_of_ours_takes_the_blame_first(recbox: Recbox, monkeypatch: pytest.MonkeyPatch) -> None:
    _raise_in_list(monkeypatch, ZeroDivisionError("by zero"))
    done = recbox("plugins", "list")
    assert done.code == 1
    assert "this is a bug of recbox" in done.err.splitlines()[0]
    assert "ZeroDivisionError: by zero" in done.err
    assert done.out == ""


def test_an_interrupt_is_130(recbox: Recbox, monkeypatch: pytest.MonkeyPatch) -> None:
    _raise_in_list(monkeypatch, KeyboardInterrupt())
    done = recbox("plugins", "list")
    assert done.code == 130
    assert done.err.strip() == "interrupted"


def test_sigterm_is_an_interrupt_with_a_code_of_its_own(
    recbox: Recbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recbox.registry import Registry

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(Registry, "rows", lambda *_: signal.raise_signal(signal.SIGTERM))
    done = recbox("plugins", "list")
    assert (done.code, done.err.strip()) == (143, "interrupted")
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_same_sigterm_twice_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with Termination() as termination:
        assert not termination.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        monkeypatch.setattr(stopping, "AGAIN", 0.0)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert termination.asked


def test_sigterm_is_left_alone_where_it_is_ignored_or_cannot_be_handled() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with Termination():
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(front.call(["--version"])))
    thread.start()
    thread.join()
    assert codes == [0]


def test_a_message_cannot_steer_the_terminal(recbox: Recbox) -> None:
    for args in (["\x1b[2J"], ["run", "x", "--\x1b]0;title\x07"], ["plugins", "show", "\x1b[31mred"]):
        done = recbox(*args)
        assert done.code == 2
        assert "\x1b" not in done.err


def test_help_of_every_command(recbox: Recbox) -> None:
    for name in front.COMMANDS:
        done = recbox(name, "--help")
        assert done.code == 0
        assert f"Usage: recbox {name}" in done.out
    assert all(name in recbox("--help").out for name in front.COMMANDS)


def test_a_reader_that_leaves_early_is_no_fault(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "recbox", "plugins", "schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 0


def test_nobody_listening_to_standard_error_ends_no_run(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "recbox", "run", str(small), "--out", str(out), "--threads", "1"]
    command += ["--set", "train.epochs=3"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=tmp_path) as child:
        assert child.stderr is not None
        assert child.stderr.readline()
        child.stderr.close()
    assert child.returncode == 0
    assert json.loads((out / "metrics.json").read_text())["status"] == "done"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["ledger.jsonl", "out"]


@pytest.mark.parametrize("args", [["plugns"], ["run", "no-such-recipe"]])
def test_a_mistake_that_nobody_reads_keeps_its_code(tmp_path: Path, args: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "recbox", *args]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=writing, cwd=tmp_path, check=False)
    os.close(writing)
    assert (done.returncode, done.stdout) == (2, b"")


def test_a_full_standard_output_is_a_mistake(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "recbox", "plugins", "list"]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False
        )
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("args", [["plugins", "list"], ["plugins", "show", "gcn"], ["plugins", "schema"]])
def test_json_is_one_document(recbox: Recbox, args: list[str]) -> None:
    done = recbox(*args, *([] if args[1] == "schema" else ["--json"]))
    assert done.code == 0
    assert json.loads(done.out)
    assert done.out.isascii()


@pytest.mark.parametrize(
    "args",
    [
        ["run", "nowhere.yaml", "--json"],
        ["check", "nowhere.yaml", "--json"],
        ["eval", "runs/nope", "--json"],
        ["eval", "runs/nope", "--scores", "nope.csv", "--json"],
        ["verify", "runs/nope", "--json"],
        ["compare", "runs/nope", "runs/none", "--format", "json"],
        ["recommend", "runs/nope", "--all", "--format", "json"],
        ["tune", "nowhere.yaml", "--json"],
        ["data", "show", "nothing", "--json"],
        ["plugins", "show", "nothing", "--json"],
        ["doctor", "--json", "--nonsense"],
    ],
)
def test_a_mistake_leaves_no_document(recbox: Recbox, args: list[str]) -> None:
    """Standard output is empty, and the message is text on standard error."""
    done = recbox(*args)
    assert (done.code, done.out) == (2, "") and done.err.strip()


def test_the_shell_completes_commands(tmp_path: Path) -> None:
    env = {**os.environ, "_RECBOX_COMPLETE": "bash_complete", "COMP_WORDS": "recbox pl", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "recbox"], env=env, capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.stdout.split() == ["plain,plugins"]


def test_a_name_that_the_encoding_lacks_is_escaped(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(
        [sys.executable, "-m", "recbox", "plugins", "show", "łoś"],
        env=env,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert rb"\u0142o\u015b" in done.stderr


def _raise_in_list(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    from recbox.registry import Registry

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Registry, "rows", fail)


def test_standard_output_may_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert front.call(["--help"]) == 0


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-"])
def test_a_stream_that_the_caller_closed_ends_no_run(closed: str, small: Path, tmp_path: Path) -> None:
    asked = f'exec "$0" -m recbox run "$1" --out out --threads 1 --set train.epochs=1 {closed}'
    done = subprocess.run(["sh", "-c", asked, sys.executable, str(small)], cwd=tmp_path, check=False)
    assert done.returncode == 0
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["status"] == "done"
