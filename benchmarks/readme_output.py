"""Puts a run's result table into the README: `python benchmarks/readme_output.py ARTIFACT`.

Run it on the machine that made the artifact: cores and memory are this machine's.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from output_block import ROOT, machine, replace

from recbox.cli.result import result_lines


def table(metrics: dict[str, Any]) -> str:
    """What `recbox run` prints at its end."""
    with redirect_stdout(StringIO()) as out:
        result_lines(metrics["name"], metrics, metrics["sentence"])
    return out.getvalue()


def note(run: dict[str, Any], data: dict[str, Any]) -> str:
    """On what, how long, and how much memory."""
    made = "made-up data, " if data["synthetic"] else ""
    return (
        f"{made}{machine()}, {run['threads']} threads, kernel {run['kernel']}, {run['device']}: "
        f"{run['seconds']:.0f} s and at most {run['peak_mib']:.0f} MiB, baselines included."
    )


def main(args: list[str]) -> None:
    if len(args) not in (1, 2):
        raise SystemExit("python benchmarks/readme_output.py ARTIFACT [README]")
    folder, page = Path(args[0]), Path(args[1]) if args[1:] else ROOT / "README.md"
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if "test" not in metrics:
        raise SystemExit(f"{folder} has no test metrics: the run was interrupted")
    replace(page, "make run", table(metrics), note(manifest["run"], metrics["data"]))


if __name__ == "__main__":
    main(sys.argv[1:])
