"""Templates over columns: `"{title} ({year}). {genre}"`, and what is left of them where values are missing.

A field takes with it what belongs to it: the brackets around it, and words between a punctuation mark and it,
such as a label. The punctuation between two fields is there where both sides are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

HISTORY = "history"
"""The field that stands for what a node has interacted with."""
_MARK = re.compile(r"\s*[.,;!?|/·•–—\n]+\s*|\s+-+\s+")
"""What ends a clause."""
_GAP = re.compile(r"[:\s]+")
_FINISH = re.compile(r"[\s.,;!?]*\Z")


def other(node: str) -> str:
    """The type that the histories of a node type hold."""
    return "item" if node == "user" else "user"


@dataclass(frozen=True)
class Field:
    """A column in a template. separator: between it and what is before it; before, after: its company."""

    separator: str
    before: str
    name: str
    after: str


@dataclass(frozen=True)
class Template:
    """Fields in order, and what the text ends with."""

    fields: tuple[Field, ...]
    finish: str

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, each once."""
        return tuple(dict.fromkeys(field.name for field in self.fields))

    def fill(self, values: Mapping[str, str]) -> str:
        """The text for these values; a missing or blank one leaves out its field. None left: no text."""
        text = ""
        for field in self.fields:
            if value := values.get(field.name, "").strip():
                separator = field.separator if text else ""
                text = f"{text}{separator}{field.before}{value}{field.after}"
        return text + self.finish if text else ""


@lru_cache(maxsize=64)
def parse(text: str) -> Template:
    """A template; a ValueError says what is wrong with it. `{{` and `}}` stand for braces."""
    literals, names = [""], []
    for literal, name, spec, conversion in Formatter().parse(text):
        literals[-1] += literal
        if name is None:
            continue
        if not name.strip():
            raise ValueError("a field has no name; between the braces goes a column, as in `{title}`")
        if spec or conversion:
            raise ValueError(f"`{{{name}}}` can only be a column's name; no `:` or `!` goes with it")
        names.append(name.strip())
        literals.append("")
    if not names:
        raise ValueError("it names no column; columns stand between braces, as in `{title}`")
    return _composed(literals, names)


def _composed(literals: list[str], names: list[str]) -> Template:
    cuts = [_cut(literal) for literal in literals[1:-1]]
    after = [cut[0] for cut in cuts] + [_FINISH.sub("", literals[-1], count=1)]
    finish = literals[-1][len(after[-1]) :]
    before = [literals[0], *(cut[2] for cut in cuts)]
    separator = ["", *(cut[1] for cut in cuts)]
    return Template(tuple(map(Field, separator, before, names, after)), finish)


def _cut(literal: str) -> tuple[str, str, str]:
    """What belongs to the field before, what separates, and what belongs to the field after."""
    if not re.search(r"[\w()\[\]<>\"'«»“”]", literal):
        return "", literal, ""
    found = _MARK.search(literal) or _GAP.search(literal)
    if found is None:
        return "", "", literal
    return literal[: found.start()], found.group(), literal[found.end() :]
