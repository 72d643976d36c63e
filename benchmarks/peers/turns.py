"""Runners in turns, each a fresh process of its peer's own interpreter."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from peers.protocol import THREADS
from peers.roster import KERNELS, ROSTER

FOLDER = Path(__file__).resolve().parent
BENCHMARKS = FOLDER.parent
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Set on some machines for an old OpenBLAS; they would slow a peer's."""


class Refused(Exception):
    """What was asked can't be run; the message says why and what to do."""


@dataclass(frozen=True)
class Runner:
    """One row: a runner, its interpreter, and what it alone is told."""

    label: str
    module: str
    python: Path
    own: tuple[str, ...] = ()


@dataclass
class Result:
    """rounds: the document of each round, None where it failed; error: the last failure's last line."""

    rounds: list[dict[str, Any] | None] = field(default_factory=list)
    error: str = ""


def runners(said: Sequence[str], precisions: Sequence[str]) -> list[Runner]:
    """recbox with each kernel and precision, and the peers of `NAME=PYTHON`; or `Refused`."""
    ours = [ours_of(kernel, precision) for precision in precisions for kernel in KERNELS]
    found: dict[str, Runner] = {}
    for one in said:
        runner = peer(one)
        if runner.label in found:
            raise Refused(f"--python {one}: {runner.label} is named twice")
        found[runner.label] = runner
    return [*ours, *found.values()]


def ours_of(kernel: str, precision: str) -> Runner:
    """recbox itself; `auto` goes without saying."""
    label = f"recbox {kernel}" if precision == "auto" else f"recbox {kernel} {precision}"
    own = ("--kernel", kernel, "--precision", precision)
    return Runner(label, "recbox", Path(sys.executable), own)


def peer(said: str) -> Runner:
    """Of `NAME=PYTHON`."""
    name, equals, path = said.partition("=")
    if not equals or not path:
        raise Refused(
            f"--python {said}: NAME=PYTHON belongs here, such as {name or 'pyg'}=venvs/pyg/bin/python"
        )
    if name not in ROSTER:
        near = get_close_matches(name, ROSTER, 1)
        hint = f"; did you mean {near[0]}?" if near else "."
        raise Refused(f"--python {said}: there is no peer {name!r}{hint} Known are {', '.join(ROSTER)}")
    python = Path(path).expanduser()
    if not (python.is_file() and os.access(python, os.X_OK)):
        raise Refused(f"--python {said}: there is no interpreter {path}\n{install(name)}")
    module = ROSTER[name].module
    seek = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    environ = environment(1, name)
    done = subprocess.run([python, "-P", "-c", seek], env=environ, capture_output=True, check=False)
    if done.returncode:
        raise Refused(f"--python {said}: {path} can't import {module}\n{install(name)}")
    return Runner(name, name, Path(os.path.abspath(python)))


def install(name: str) -> str:
    """How to get a peer."""
    return f"try: python -m venv DIR; DIR/bin/pip install -r {FOLDER / f'requirements-{name}.txt'}"


@dataclass(frozen=True)
class Place:
    """How processes are run: their threads, the folder that they work in, seconds that one may take, and a
    file whose lock is held in each round, so that other work on the machine can wait."""

    threads: int
    folder: Path
    limit: float = 600
    lock: Path | None = None

    def vectors(self, label: str) -> Path:
        """Where those of a runner go."""
        return self.folder / f"{label.replace(' ', '-')}.npz"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """With the lock, if there is one."""
        if self.lock is None:
            yield
            return
        with self.lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def take_turns(
    rows: Sequence[Runner],
    repeat: int,
    options: Sequence[str],
    place: Place,
    *,
    vectors: bool,
    tell: Callable[[str], None],
) -> dict[str, Result]:
    """Each runner once a round; each round begins with another one. options: told to all."""
    results = {row.label: Result() for row in rows}
    for turn in range(repeat):
        first, last = turn % len(rows), turn == repeat - 1
        with place.alone():
            for row in [*rows[first:], *rows[:first]]:
                tell(f"round {turn + 1} of {repeat}: {row.label}")
                more = [f"--vectors={place.vectors(row.label)}"] if vectors and last else []
                document, error = once(row, [*options, *more], place)
                results[row.label].rounds.append(document)
                if error:
                    results[row.label].error = error
                    tell(f"{row.label} failed: {error}")
    return results


def once(row: Runner, options: Sequence[str], place: Place) -> tuple[dict[str, Any] | None, str]:
    """One process; its document, or None and what it said last."""
    out = place.folder / "out.json"
    out.unlink(missing_ok=True)
    command = [row.python, "-m", f"peers.{row.module}", *options, *row.own, f"--out={out}"]
    try:
        done = subprocess.run(
            command,
            cwd=place.folder,
            env=environment(place.threads, row.module),
            capture_output=True,
            text=True,
            timeout=place.limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"it ran past {place.limit:.0f} s"
    if done.returncode or not out.exists():
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return None, lines[-1]
    return json.loads(out.read_text(encoding="utf-8")), ""


def environment(threads: int, module: str) -> Mapping[str, str]:
    """The peers see nothing of this Python's paths; threads are set before anything is imported."""
    kept = {k: v for k, v in os.environ.items() if k not in SLOWING and not k.startswith("PYTHON")}
    ours = os.environ.get("PYTHONPATH", "") if module in ("recbox", "judging") else ""
    path = os.pathsep.join(filter(None, [str(BENCHMARKS), ours]))
    return kept | {"PYTHONPATH": path} | dict.fromkeys(THREADS, str(threads))
