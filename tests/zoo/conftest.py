"""The zoo: every creature installed at once, and commands given beside them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from zoo_creatures import CREATURES

from recbox.cli.front import call


@dataclass(frozen=True)
class Done:
    """How a command line ended."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages with every creature in it."""
    folder = tmp_path_factory.mktemp("zoo")
    for creature in CREATURES:
        creature.lay(folder)
    return folder


@pytest.fixture
def zoo(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The creatures are installed here; the current folder is empty."""
    monkeypatch.syspath_prepend(site)
    monkeypatch.chdir(tmp_path)
    yield site
    for name in [n for n in sys.modules if n.startswith("zoo_") and n != "zoo_creatures"]:
        del sys.modules[name]


@pytest.fixture
def recbox(zoo: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """`recbox("check", recipe)` in this process; a recipe is plain data."""

    def run(*args: Any) -> Done:
        capsys.readouterr()
        code = call([as_file(a) if isinstance(a, dict) else str(a) for a in args])
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def process(zoo: Path) -> Callable[..., Done]:
    """The same in a process of its own."""

    def run(*args: Any, python: tuple[str, ...] = ()) -> Done:
        command = [sys.executable, *python, "-m", "recbox"]
        command += [as_file(a) if isinstance(a, dict) else str(a) for a in args]
        env = os.environ | {"PYTHONPATH": str(zoo), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
        return Done(done.returncode, done.stdout, done.stderr)

    return run


def as_file(recipe: dict[str, Any]) -> str:
    """A recipe's file in the current folder; JSON is YAML."""
    path = Path("tiny.yaml")
    path.write_text(json.dumps(recipe))
    return str(path)
