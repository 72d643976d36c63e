"""Calls of the command line: in this process for speed, in one of their own where the process matters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from recbox.cli.front import call


@dataclass(frozen=True)
class Done:
    """How a command line ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def recbox(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """`recbox("check", "x.yaml")` in this process."""

    def run(*args: object) -> Done:
        capsys.readouterr()
        code = call([str(a) for a in args])
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return run


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., Done]:
    """The same as a process of its own, in an empty folder."""

    def run(*args: object, timeout: float = 120, env: dict[str, str] | None = None) -> Done:
        command = [sys.executable, "-m", "recbox", *map(str, args)]
        done = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=timeout, check=False
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run
