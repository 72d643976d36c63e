"""Puts measured kernels into docs/kernels.md: `python benchmarks/kernel_output.py kernel.json`.

The file is what `recbox bench kernel --json` printed; cores and memory are those that it names.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from output_block import ROOT, machine, replace

from recbox.cli.timing import print_timings


def table(report: dict[str, Any]) -> str:
    """What `recbox bench kernel` prints, without the line about the machine."""
    with redirect_stdout(StringIO()) as out:
        print_timings({**report, "machine": {}})
    return out.getvalue()


def main(args: list[str]) -> None:
    if len(args) not in (1, 2):
        raise SystemExit("python benchmarks/kernel_output.py KERNEL.json [PAGE]")
    report = json.loads(Path(args[0]).read_text(encoding="utf-8"))
    page = Path(args[1]) if args[1:] else ROOT / "docs" / "kernels.md"
    facts = report["machine"]
    versions = ", ".join(f"{n} {facts[n]}" for n in ("python", "torch", "dgl") if facts.get(n))
    note = (
        f"{facts['processor']}, {facts['vector']}, {machine(facts['cores'], facts['memory_gib'])}, "
        f"{facts['threads']} threads, {facts['device']}; {versions}."
    )
    replace(page, "recbox bench kernel", table(report), note)


if __name__ == "__main__":
    main(sys.argv[1:])
