"""How long whole processes take to start: `python benchmarks/startup.py [repeats]`.

Prints the best wall time of each command line beside its budget; exits with 1 where one is broken.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

BUDGET = {("--help",): 0.15, ("check", "movielens_gcn"): 0.7, ("check", "gowalla_lightgcn"): 0.7}
"""Seconds."""


def seconds(args: tuple[str, ...], repeats: int) -> float:
    """The best of `repeats` runs of the installed command."""
    command = [str(Path(sys.executable).with_name("recbox")), *args]
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        taken.append(time.perf_counter() - began)
    return min(taken)


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, best of {repeats}")
    kept = True
    for args, budget in BUDGET.items():
        best = seconds(args, repeats)
        kept &= best <= budget
        print(f"recbox {' '.join(args):<28} {best:.3f} s  (budget {budget} s)")
    sys.exit(not kept)


if __name__ == "__main__":
    main()
