"""What plugins and releases promise, as tables: the laws of each kind, and how stable each name is.

`laws KIND` are a kind's own, `laws all` those of every plugin and of every kind that builds a module,
`stability` the names of `recbox.plugin`. They are read from the contract kit and the docstrings themselves.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import types
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import recbox.plugin
from recbox.contract import every, module
from recbox.contract.kinds import kind_of
from recbox.contract.law import Law
from recbox.registry import KINDS, Options

STABLE = re.compile(r"^Stability: stable for (.+)\.$", re.MULTILINE)
SENTENCE = re.compile(r".*?\.(?=\s|$)", re.DOTALL)


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in lines)


def cell(text: str) -> str:
    """Text on one line, in which no bar ends the cell."""
    return " ".join(text.split()).replace("|", "\\|")


def laws(name: str) -> str:
    """A kind's own laws; for `all`, those that several kinds share."""
    if name != "all":
        return _laws(kind_of(name).laws)
    built = ", ".join(kind for kind in KINDS if kind_of(kind).modular)
    shared = {"Of every plugin:": every.LAWS, f"Of every module ({built}):": module.LAWS}
    return "\n\n".join(f"{said}\n\n{_laws(found)}" for said, found in shared.items())


def _laws(found: Sequence[Law]) -> str:
    """With a column for the class that a law is about, where some are about a part of their kind."""
    rows = [(f"`{law.name}`", _about(law), law.states) for law in found]
    if not any(about for _, about, _ in rows):
        return grid(("law", "what it states"), ((name, states) for name, _, states in rows))
    return grid(("law", "of a", "what it states"), rows)


def _about(law: Law) -> str:
    return "" if law.of is Options else f"`{law.of.__name__}`"


def stability(_: str) -> str:
    """The public names: those that one derives from first."""
    rows = [(name, *_said(name)) for name in recbox.plugin.__all__]
    rows.sort(key=lambda row: "implementers" not in row[1])
    return grid(("name", "stable for", "what it is"), ((f"`{n}`", *rest) for n, *rest in rows))


def _said(name: str) -> tuple[str, str]:
    """For whom a name is stable, and the first sentence of its docstring."""
    text = next(filter(None, _docstrings(name)))
    stable, sentence = STABLE.search(text), SENTENCE.match(text)
    if stable is None or sentence is None:
        raise ValueError(f"recbox.plugin.{name} doesn't say what it is, or how stable")
    return stable[1], sentence[0]


def _docstrings(name: str) -> Iterator[str]:
    """Of the name's object, or the text below a plain value in its module."""
    value = getattr(recbox.plugin, name)
    if isinstance(value, type | types.FunctionType | types.ModuleType):
        yield inspect.getdoc(value) or ""
    for file in sorted(Path(inspect.getfile(recbox.plugin)).parent.glob("[a-z]*.py")):
        tree = ast.parse(inspect.getsource(importlib.import_module(f"recbox.plugin.{file.stem}")))
        for first, second in pairwise(tree.body):
            if isinstance(first, ast.Assign) and ast.unparse(first.targets[0]) == name:
                yield inspect.cleandoc(ast.literal_eval(ast.unparse(second)))
