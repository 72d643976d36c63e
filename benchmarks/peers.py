"""recbox beside its peers, on the same work and machine, in the same run.

`python benchmarks/peers.py --python pyg=DIR/bin/python --data DIR --threads 2 --repeat 3`

Each peer has an interpreter of its own, made from `peers/requirements-NAME.txt`. recbox with each kernel and
the peers take turns, each in a fresh process; `--judge` has recbox's own scorer judge the vectors of all.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from output_block import machine, told
from peers.page import Facts, page
from peers.turns import Place, Refused, Runner, once, runners, take_turns

from recbox.api.machine import processor


def main() -> None:
    """Run all, and print or write the page."""
    asked = arguments().parse_args()
    try:
        check(asked)
        rows = runners(asked.python, asked.precision)
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    with tempfile.TemporaryDirectory() as folder:
        facts = measured(asked, rows, Path(folder))
    text = "\n".join(page(facts)) + "\n"
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    if asked.json:
        asked.json.write_text(json.dumps(asdict(facts), indent=1), encoding="utf-8")
    sys.stdout.write(text)


def arguments() -> argparse.ArgumentParser:
    """What can be asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH", help="a peer's Python")
    parser.add_argument("--data", type=Path, required=True, help="folder of train.txt and test.txt")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeat", type=int, default=3, help="rounds")
    parser.add_argument("--steps", type=int, default=20, help="timed in each process")
    parser.add_argument("--warmup", type=int, default=5, help="steps before, not counted")
    parser.add_argument(
        "--precision",
        nargs="+",
        default=["auto"],
        choices=["auto", "bf16"],
        help="recbox's train.precision, rows for each; auto is fp32 on a processor",
    )
    parser.add_argument("--limit", type=float, default=600, help="seconds for a process")
    parser.add_argument("--lock", type=Path, metavar="FILE", help="hold its lock (flock) in each round")
    parser.add_argument("--judge", action="store_true", help="judge the vectors of the last round")
    parser.add_argument("--out", type=Path, help="Markdown")
    parser.add_argument("--json", type=Path, help="all that was measured")
    return parser


def check(asked: argparse.Namespace) -> None:
    """`Refused` for what no runner could do anything with."""
    for name in ("train.txt", "test.txt"):
        if not (asked.data / name).is_file():
            raise Refused(f"--data {asked.data}: there is no {name}\ntry: a folder in the format of LightGCN")
    if "auto" not in asked.precision:
        raise Refused("--precision: auto belongs there, for ratios are to it")
    for name, least in (("threads", 1), ("repeat", 1), ("steps", 1), ("warmup", 0)):
        if getattr(asked, name) < least:
            raise Refused(f"--{name} {getattr(asked, name)}: at least {least}")


def measured(asked: argparse.Namespace, rows: Sequence[Runner], folder: Path) -> Facts:
    """All rounds, and what was judged."""
    data, place = asked.data.resolve(), Place(asked.threads, folder, asked.limit, asked.lock)
    options = [f"--data={data}", *(f"--{n}={getattr(asked, n)}" for n in ("threads", "steps", "warmup"))]
    results = take_turns(rows, asked.repeat, options, place, vectors=asked.judge, tell=tell)
    judged = judge(list(results), options[:2], place) if asked.judge else {}
    where = f"{processor()}, {machine()}, {asked.threads} threads"
    return Facts(command(asked), where, data.name, results, judged)


def judge(labels: Sequence[str], options: Sequence[str], place: Place) -> dict[str, dict[str, float]]:
    """Metrics of all vectors that there are, by recbox's own scorer."""
    files = [f"{label}={place.vectors(label)}" for label in labels if place.vectors(label).exists()]
    found, error = once(Runner("judging", "judging", Path(sys.executable)), [*options, *files], place)
    if error:
        tell(f"judging failed: {error}")
    return found or {}


def command(asked: argparse.Namespace) -> str:
    """As it is typed; interpreters by the names of their environments."""
    said = [word for one in asked.python for word in ("--python", f"{one.partition('=')[0]}=DIR/bin/python")]
    options = told(arguments(), asked, "threads", "repeat", "steps", "warmup", "precision")
    judged = " --judge" if asked.judge else ""
    return f"python benchmarks/peers.py {' '.join(said)} --data {asked.data.name}{options}{judged}"


def tell(said: str) -> None:
    """What goes on, beside the page."""
    print(said, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
