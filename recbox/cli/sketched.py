"""What the run of a recipe that was just written will take: rehearsed where that is quick, else reckoned."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from recbox.cli.progress import clock
from recbox.context import memory_bytes

if TYPE_CHECKING:
    from recbox.progress import Progress
    from recbox.sketching import Sketch

LIMIT = 12.0
"""Seconds that a rehearsal may take."""
SMALL = 300_000
"""Interactions up to which one is tried."""


def rehearsed(made: Sketch, options: Sequence[str], progress: Progress) -> dict[str, Any]:
    """What `recbox check --estimate --json` says, in a process of its own, which is ended where it takes too
    long; else what parts need by arithmetic. options: those of the run."""
    if made.counts.kept <= SMALL:
        command = [sys.executable, "-m", "recbox", "check", str(made.path), "--estimate", "--json", *options]
        try:
            with progress.task("rehearse the run"):
                done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT)
            if done.returncode == 0:
                found: dict[str, Any] = json.loads(done.stdout)["estimate"]
                return {"by": "rehearsal", **found}
        except (OSError, subprocess.TimeoutExpired, ValueError, KeyError):
            pass  # what it takes is no more than good to know
    return reckoned(made)


def reckoned(made: Sketch) -> dict[str, Any]:
    """By arithmetic."""
    need = made.need
    return {"by": "arithmetic", "most_s": round(need.seconds), "memory_mib": round(need.memory / 2**20)}


def said(found: dict[str, Any], command: str) -> str:
    """In a line. command: that estimates it better."""
    memory = _size(found["memory_mib"]) + " of memory"
    if found["memory_mib"] > 0.9 * memory_bytes() / 2**20:
        memory += " (nearly all, or more: --scratch DIR lays data into files)"
    if found["by"] == "arithmetic":
        most = clock(found["most_s"])
        return f"training {most} at most and {memory}, by arithmetic; {command} rehearses it"
    least = f", at least {clock(found['least_s'])}" if found["least_s"] < 0.95 * found["most_s"] else ""
    disk = f"{max(1, round(found['disk_mib']))} MiB of disk"
    return f"at most {clock(found['most_s'])}{least}; {memory}, {disk}"


def command(name: str, made: Sketch, options: Sequence[str], *more: str) -> str:
    """A command over the recipe, as it is typed."""
    return shlex.join(["recbox", name, str(made.path), *more, *options])


def _size(mib: float) -> str:
    return f"{mib / 1024:.1f} GiB" if mib >= 1024 else f"{mib:.0f} MiB"
