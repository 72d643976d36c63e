"""Pages as tests read them: fenced blocks with the comment above them, and links.

`<!-- file: NAME -->` above a block: it is written under that name. `<!-- run -->` above a console or python
block: it is run. `<!-- shows -->` above a console block: it is run, and prints the lines below its command.
Of a console block the lines `$ recbox ...` and `$ python ...` are run. `<!-- installed -->` above a
pyproject.toml: the package is there, as pip would leave it; `<!-- shows without NAME -->`: it is no more.
`<!-- shell -->`, `<!-- method: NAME -->`: see `docs_shell`.
A page is run from top to bottom in a folder of its own.
"""

from __future__ import annotations

import importlib
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"<!-- (file|method|installed|run|shows|shell)(?:: (\S+))?(?: without (\S+))? -->\n\Z")


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
    without: str = ""
    """A distribution that is gone before it is run."""
    installed: bool = False
    method: str = ""
    """The file in which it takes the place of the method of its name."""
    shell: bool = False
    """Its commands are run by the page's shell."""


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    return list(_blocks(page.read_text(encoding="utf-8"), name(page)))


def _blocks(text: str, where: str) -> Iterator[Block]:
    for found in _FENCE.finditer(text):
        mark = _MARK.search(text[: found.start()])
        line = text[: found.start()].count("\n") + 1
        said, file, without = mark.groups("") if mark else ("", "", "")
        shown = found[2].partition("\n")[2] if said == "shows" else ""
        yield Block(
            f"{where}:{line}",
            found[1],
            found[2],
            file=file if said == "file" else "",
            run=said in ("run", "shows"),
            shows=shown,
            without=without,
            installed=said == "installed",
            method=file if said == "method" else "",
            shell=said == "shell",
        )


def install(block: Block, folder: Path) -> set[str]:
    """Lay the metadata of a pyproject.toml into `folder`, as pip would have left them there; the names of the
    modules that it brings."""
    project = tomllib.loads(block.text)["project"]
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}"]
    lines += [f"Requires-Dist: {line}" for line in project.get("dependencies", ())]
    entries = [
        f"[{group}]\n" + "\n".join(f"{name} = {value}" for name, value in named.items())
        for group, named in project["entry-points"].items()
    ]
    info = folder / f"{_file_name(project['name'])}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("\n".join([*lines, ""]), encoding="utf-8")
    (info / "entry_points.txt").write_text("\n".join([*entries, ""]), encoding="utf-8")
    importlib.invalidate_caches()
    values = [value for named in project["entry-points"].values() for value in named.values()]
    return {value.partition(":")[0] for value in values}


def uninstall(name: str, folder: Path) -> None:
    """Take the metadata away again."""
    (info,) = folder.glob(f"{_file_name(name)}-*.dist-info")
    shutil.rmtree(info)
    importlib.invalidate_caches()


def _file_name(distribution: str) -> str:
    return distribution.replace("-", "_")


def prose(page: Path) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def command_lines(block: Block, program: str = "recbox") -> list[list[str]]:
    """The words of each `$ PROGRAM ...` line; what a shell would do with the output is cut off."""
    lines = [line[2:] for line in block.text.splitlines() if line.startswith(f"$ {program} ")]
    return [_words(line)[1:] for line in lines]


def _words(line: str) -> list[str]:
    """Up to a pipe or the like, which may stand within quotes."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|>&")
    lexer.whitespace_split = True
    return list(takewhile(lambda word: not set(word) <= set("|>&"), lexer))
