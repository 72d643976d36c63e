"""Pages as tests read them: fenced blocks with the comment above them, and links.

`<!-- file: NAME -->` above a block: it is written under that name. `<!-- run -->` above a console or python
block: it is run. `<!-- shows -->` above a console block: it is run, and prints the lines below its command.
A page is run from top to bottom in a folder of its own.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"<!-- (file: (\S+)|run|shows) -->\n\Z")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, its language, its text, and what the comment above it says."""

    where: str
    language: str
    text: str
    file: str = ""
    run: bool = False
    shows: str = ""
    """What its commands print, as the page has it."""


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    return list(_blocks(page.read_text(encoding="utf-8"), name(page)))


def _blocks(text: str, where: str) -> Iterator[Block]:
    for found in _FENCE.finditer(text):
        mark = _MARK.search(text[: found.start()])
        line = text[: found.start()].count("\n") + 1
        file = (mark[2] or "") if mark else ""
        shown = found[2].partition("\n")[2] if mark and mark[1] == "shows" else ""
        yield Block(f"{where}:{line}", found[1], found[2], file, bool(mark) and not file, shown)


def prose(page: Path) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def command_lines(block: Block) -> list[list[str]]:
    """The words of each `$ recbox ...` line; what a shell would do with the output is cut off."""
    lines = [line[2:] for line in block.text.splitlines() if line.startswith("$ recbox")]
    return [shlex.split(re.split(r" [|>&] ?", line)[0], comments=True)[1:] for line in lines]
