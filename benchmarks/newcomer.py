"""From nothing to a layer of one's own in a run, timed: `python benchmarks/newcomer.py [--borrow]`.

The commands are those that `recbox plugins new` prints and one before them, in a fresh virtual environment.
recbox comes from a wheel that is built first; `--borrow` takes torch and the rest from the Python that runs
this, for they are some GB to fetch.
"""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
import time
from pathlib import Path

from fresh import ROOT, Fresh, borrow, environment, wheel

AT_MOST = 5
"""Commands."""


def commands(recbox: Path, borrowed: bool) -> list[str]:
    """What a newcomer types; the first is `pip install recbox-graph` once it is published."""
    return [
        f"pip install --quiet {'--no-deps ' if borrowed else ''}{recbox}",
        "recbox plugins new layer my-hop",
        "pip install --quiet -e ./recbox-my-hop",
        "recbox plugins test my-hop",
        "recbox run recbox-my-hop/recipe.yaml",
    ]


def walk(fresh: Fresh, typed: list[str], borrowed: bool) -> None:
    """Type the commands, and print each with its seconds and, of the last, what it said."""
    out, total = "", 0.0
    for number, command in enumerate(typed):
        began = time.perf_counter()
        out = fresh(*shlex.split(command))
        taken = time.perf_counter() - began
        total += taken
        print(f"{taken:6.1f} s  {command if number else shown(command)}")
        if number == 0 and borrowed:
            borrow(fresh)
    print(f"{total:6.1f} s  in {len(typed)} commands\n")
    print(out.strip())


def shown(command: str) -> str:
    """The first command, whose wheel lies in a folder that is gone afterwards."""
    *words, path = command.split()
    return " ".join([*words, Path(path).name])


def main() -> None:
    borrowed = "--borrow" in sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        fresh = environment(Path(folder, "environment"))
        typed = commands(wheel(ROOT, Path(folder, "dist")), borrowed)
        print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, packages borrowed: {borrowed}")
        walk(fresh, typed, borrowed)
    sys.exit(len(typed) > AT_MOST)


if __name__ == "__main__":
    main()
