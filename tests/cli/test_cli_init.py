"""`recbox init` on a terminal: it asks where it is in doubt."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest


def at_a_terminal(folder: Path, typed: bytes, *more: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and what the terminal saw, in a process of its own."""
    draw = random.Random(0)
    rows = [f"{draw.randrange(40)},{draw.randrange(20)},{1_700_000_000 + n * 900}" for n in range(600)]
    (folder / "log.csv").write_text("\n".join(rows))
    keyboard, terminal = os.openpty()
    try:
        os.write(keyboard, typed)
        command = [sys.executable, "-m", "recbox", "init", "log.csv", *more]
        process = subprocess.Popen(
            command, cwd=folder, stdin=terminal, stdout=subprocess.PIPE, stderr=terminal
        )
        out, _ = process.communicate(timeout=100)
        return process.returncode, out.decode(), os.read(keyboard, 1 << 16).decode()
    finally:
        os.close(keyboard)
        os.close(terminal)


def test_return_takes_the_guess_and_a_number_another_answer(tmp_path: Path) -> None:
    code, out, seen = at_a_terminal(tmp_path, b"\n\n2\n")
    assert code == 0, seen
    assert seen.count("which column is the") == 3
    recipe = (tmp_path / "log.yaml").read_text()
    assert "user: 1" in recipe and "item: 2" in recipe and "time:" not in recipe
    assert "next" in out


@pytest.mark.parametrize("option", ["--yes", "--json"])
def test_nothing_is_asked_of_who_does_not_want_it(tmp_path: Path, option: str) -> None:
    code, _, seen = at_a_terminal(tmp_path, b"", option)
    assert code == 0 and "which column" not in seen
    assert "time: 3" in (tmp_path / "log.yaml").read_text()


def test_left_at_a_question_it_writes_nothing(tmp_path: Path) -> None:
    code, _, _ = at_a_terminal(tmp_path, b"\n\x04")  # the end of what is typed
    assert code == 130 and not (tmp_path / "log.yaml").exists()
