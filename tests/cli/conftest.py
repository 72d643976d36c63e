"""Calls of the command line: in this process for speed, in one of their own where the process matters."""

from __future__ import annotations

import random
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


RECIPE = """
recbox: 1
name: small
dim: 8
data:
  source: {use: table, interaction: [{path: small.csv, columns: {time: time}}]}
encoder: {user: {use: id}, item: {use: id}}
layer: [{use: lightgcn, repeat: 2}]
head: {use: dot}
objective: [{use: bpr}, {use: l2, weight: 1.0e-4}]
train: {epochs: 20, batch: 512, patience: null, optimizer: {by: adam, lr: 0.02}}
evaluate: {k: [10], metric: [recall, ndcg], select: ndcg@10, baseline: [popularity]}
"""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe that trains for a second, with its data beside it."""
    folder = tmp_path_factory.mktemp("small")
    draw = random.Random(0)
    rows = sorted(
        {(u, (u % 4 * 20 + int(40 * draw.random() ** 2)) % 80) for u in range(80) for _ in range(30)}
    )
    lines = [f"u{u},i{i},{draw.randrange(10**6)}" for u, i in rows]
    (folder / "small.csv").write_text("\n".join(["user,item,time", *lines, ""]))
    (folder / "small.yaml").write_text(RECIPE)
    return folder / "small.yaml"
