"""Puts a measured suite into a page: `python benchmarks/bench_output.py SUITE.json PAGE`.

The file is what `recbox bench SUITE --out FOLDER` wrote, or `--json` printed; cores and memory are those that
it names.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from output_block import machine, replace

from recbox.cli.timing import print_bench


def table(document: dict[str, Any]) -> str:
    """What `recbox bench` prints, without the line about the machine."""
    with redirect_stdout(StringIO()) as out:
        print_bench({**document, "machine": {}})
    return out.getvalue()


def main(args: list[str]) -> None:
    if len(args) != 2:
        raise SystemExit("python benchmarks/bench_output.py SUITE.json PAGE")
    document = json.loads(Path(args[0]).read_text(encoding="utf-8"))
    facts = document["machine"]
    versions = ", ".join(f"{n} {facts[n]}" for n in ("python", "torch", "dgl") if facts.get(n))
    note = (
        f"{facts['processor']}, {facts['vector']}, {machine(facts['cores'], facts['memory_gib'])}, "
        f"{facts['threads']} threads, {facts['device']}; {versions}."
    )
    replace(Path(args[1]), f"recbox bench {' '.join(document['suite'])}", table(document), note)


if __name__ == "__main__":
    main(sys.argv[1:])
