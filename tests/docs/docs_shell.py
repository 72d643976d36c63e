"""A page's shell: one bash from the page's first command to its last.

`<!-- shell -->` above a console block: each line `$ ...` is typed there. Below it stands what it prints, or
some lines in a row of that, with `...` for anything. A command that shows an error of recbox's, or a check
that FAILED, ends with 2, and every other with 0. A file of the page is written where it stands, and so is
`<!-- method: NAME -->`: a method that takes the place of the one of its name in that file.

Nothing is downloaded: every environment that a page makes sees the packages of the Python that runs the
tests, but for recbox, which pip takes from a wheel of this checkout.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from docs_kit import ROOT, Block

sys.path.insert(0, str(ROOT / "benchmarks"))

from fresh import linked, wheel

_END = "--- ended with "


@dataclass(frozen=True)
class Command:
    """A line of a block, without its dollar, and what it prints as the page has it."""

    line: str
    shown: str

    @property
    def code(self) -> int:
        return 2 if re.match(r"recbox: \D|.*\n  FAILED ", self.shown) else 0

    def prints(self, said: str) -> bool:
        pattern = re.escape(self.shown.strip()).replace(r"\.\.\.", ".*?")
        return re.search(pattern, re.sub(r" +$", "", said, flags=re.MULTILINE), re.DOTALL) is not None


def commands(block: Block) -> list[Command]:
    typed = [part.partition("\n") for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]]
    return [Command(line, shown) for line, _, shown in typed]


class Shell:
    """A bash in `folder`; what one command changes, such as the folder it is in, the next one finds."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __call__(self, line: str) -> tuple[int, str]:
        """How the command ended, and what it printed, errors included."""
        bash, said = self._bash, ""
        assert bash.stdin is not None and bash.stdout is not None
        bash.stdin.write(f"{{ {line}\n}} </dev/null; printf '\\n{_END}%d\\n' $?\n")
        bash.stdin.flush()
        for printed in bash.stdout:
            if printed.startswith(_END):
                return int(printed.removeprefix(_END)), said
            said += printed
        raise AssertionError(f"{line} ended the shell:\n{said}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._bash.kill()
        self._bash.communicate()


def environ(folder: Path) -> dict[str, str]:
    """The variables of a shell in which nothing of this Python's is but its packages and its commands."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "RECBOX", "VIRTUAL_ENV"))}
    wheel(ROOT, folder / "wheel")
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}",
        "PYTHONPATH": str(linked(folder / "borrowed")),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder / "wheel"),
        "PIP_NO_BUILD_ISOLATION": "0",  # the value of `--build-isolation`, so 0 turns it off
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "RECBOX_CACHE": str(folder / "cache"),
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "110",
    }


def put(block: Block, folder: Path) -> None:
    """Write the file, or the method, that a block is."""
    if block.file:
        (folder / block.file).write_text(block.text, encoding="utf-8")
    if block.method:
        path = folder / block.method
        path.write_text(with_method(path.read_text(encoding="utf-8"), block.text), encoding="utf-8")


def with_method(code: str, method: str) -> str:
    """The code with this method for the one of its name."""
    new = textwrap.dedent(method).rstrip()
    (found,) = _methods(f"class New:\n{textwrap.indent(new, '    ')}")
    (old,) = [known for known in _methods(code) if known.name == found.name]
    assert old.end_lineno is not None
    lines = code.splitlines()
    first = min(node.lineno for node in [old, *old.decorator_list])
    lines[first - 1 : old.end_lineno] = textwrap.indent(new, "    ").splitlines()
    return "\n".join([*lines, ""])


def _methods(code: str) -> list[ast.FunctionDef]:
    classes = [node for node in ast.parse(code).body if isinstance(node, ast.ClassDef)]
    return [node for c in classes for node in c.body if isinstance(node, ast.FunctionDef)]
