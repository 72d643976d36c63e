"""What benchmarks put on pages: output between `<!-- output:start -->` and `<!-- output:end -->`, the command
that made a page, and the machine."""

from __future__ import annotations

import argparse
import os
import re
import shlex
from pathlib import Path

from recbox.context import memory_bytes

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"(<!-- output:start -->\n).*?(<!-- output:end -->)", re.DOTALL)


def replace(page: Path, command: str, text: str, note: str) -> None:
    """Write `$ command` and `text` as a block of `page`, and `note` below it."""
    lines = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
    body = f"```text\n$ {command}\n{lines}\n```\n\n{note}\n"
    before = page.read_text(encoding="utf-8")
    after, count = _BLOCK.subn(lambda m: m[1] + body + m[2], before)
    if count != 1:
        raise SystemExit(f"{page} has {count} output blocks, not one")
    page.write_text(after, encoding="utf-8")


def machine(cores: int | None = None, gib: float | None = None) -> str:
    """`2 cores, 23.5 GiB of memory`: of this machine, where nothing else is said."""
    cores = cores or len(os.sched_getaffinity(0))
    gib = gib or memory_bytes() / 2**30
    return f"{cores} core{'s' * (cores != 1)}, {gib:.1f} GiB of memory"


def told(parser: argparse.ArgumentParser, asked: argparse.Namespace, *names: str) -> str:
    """` --repeat 5 --only bpr`: those of these options that aren't at their defaults, as they are typed."""
    words = []
    for name in names:
        value = getattr(asked, name)
        if value != parser.get_default(name):
            words += [f"--{name.replace('_', '-')}", *(value if isinstance(value, list) else [value])]
    return "".join(f" {shlex.quote(str(word))}" for word in words)
