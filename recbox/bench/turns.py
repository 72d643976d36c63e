"""Runners in turns, each a fresh process: recbox's own, and those of its peers by their own interpreters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from recbox.bench.peer.protocol import Work
from recbox.errors import UnsupportedError
from recbox.progress import Progress

PEER = Path(__file__).resolve().parent / "peer"
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Set on some machines for an old OpenBLAS; they would slow a peer's."""


@dataclass(frozen=True)
class Runner:
    """One row: a module of `recbox.bench.peer`, the interpreter that it is run by (None: this one, for recbox
    itself), and what it alone is told."""

    label: str
    module: str
    python: Path | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Result:
    """rounds: the document of each round, None where it failed; error: the last failure's last line."""

    rounds: list[dict[str, Any] | None] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True)
class Place:
    """The folder that processes work in, with `train.txt`, `test.txt` and the `link`; and the work."""

    folder: Path
    work: Work

    @property
    def limit(self) -> float:
        """Seconds that a process may take: ten minutes, and more for very many steps."""
        return 600 + 5 * self.work.steps

    def vectors(self, runner: Runner) -> Path:
        """Where those of a runner go."""
        return self.folder / f"{runner.label.replace(' ', '-')}.npz"


def link(folder: Path) -> None:
    """The runners as a package in a folder: in recbox's own, where they are, modules would hide a peer's."""
    (folder / "peer").symlink_to(PEER, target_is_directory=True)


def take_turns(
    runners: Sequence[Runner], repeat: int, place: Place, progress: Progress, *, vectors: bool
) -> dict[str, Result]:
    """Each runner once a round, by label; each round begins with another one. vectors: the last one leaves
    them. A peer's failure is told, and its round is None; recbox's own is an `UnsupportedError`, for nothing
    would stand beside the others."""
    results = {runner.label: Result() for runner in runners}
    with progress.task("processes", repeat * len(runners), "process") as task:
        for turn in range(repeat):
            first, last = turn % len(runners), turn == repeat - 1
            for runner in [*runners[first:], *runners[:first]]:
                document, error = once(runner, place, vectors=vectors and last)
                results[runner.label].rounds.append(document)
                if error and runner.python is None:
                    raise UnsupportedError(f"{runner.label} failed", where="the suite peers", why=error)
                if error:
                    results[runner.label].error = error
                    progress.notice(f"{runner.label} failed: {error}", "warning")
                task.advance()
    return results


def once(runner: Runner, place: Place, *, vectors: bool = False) -> tuple[dict[str, Any] | None, str]:
    """One process; its document, or None and what it said last."""
    out, apart = place.folder / "out.json", runner.python is not None
    out.unlink(missing_ok=True)
    work = asdict(replace(place.work, more=dict(runner.more)))
    question = {"work": work, "out": str(out), "vectors": str(place.vectors(runner)) if vectors else None}
    module = f"peer.{runner.module}" if apart else f"recbox.bench.peer.{runner.module}"
    try:
        done = subprocess.run(
            [runner.python or sys.executable, "-m", module, json.dumps(question)],
            cwd=place.folder if apart else None,  # where modules are looked for first
            env=environment(place.work.threads, apart=apart),
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


def environment(threads: int, *, apart: bool) -> dict[str, str]:
    """Threads are set before anything is imported. apart: nothing is seen of this Python's paths."""
    gone = [name for name in os.environ if name in SLOWING or (apart and name.startswith("PYTHON"))]
    kept = {name: value for name, value in os.environ.items() if name not in gone}
    return kept | dict.fromkeys(THREADS, str(threads))
