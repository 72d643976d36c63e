"""Prompts over columns: what is asked stays, and what is said of a node is filled in as in a template.

A line is filled in by itself. In it, whole sentences before the first field and after the last one are the
author's, and stay; the rest is a template, and goes with what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

from recbox.recipe.template import Template, parse

_FIELD = re.compile(r"(?<!\{)(?:\{\{)*\{([^{}]*)\}")
_END = re.compile(r"[.!?][)\"'”’]*(?=\s|\Z)")
"""Where a sentence ends."""


@dataclass(frozen=True)
class Line:
    """A line of a prompt. before, after: what stays; template: what is filled in, None in a line without."""

    before: str
    template: Template | None = None
    after: str = ""


@dataclass(frozen=True)
class Prompt:
    """Lines, in order."""

    lines: tuple[Line, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, each once."""
        return tuple(
            dict.fromkeys(name for line in self.lines if line.template for name in line.template.names)
        )

    def fill(self, values: Mapping[str, str]) -> str:
        """The prompt for these values; empty where all of them are missing. A line of which nothing is left
        is left out."""
        filled = [line.template.fill(values) if line.template else "" for line in self.lines]
        if not any(filled):
            return ""
        told = ((line, f"{line.before}{text}{line.after}") for line, text in zip(self.lines, filled))
        return "\n".join(text.strip() for line, text in told if text.strip() or not line.template).strip()


@lru_cache(maxsize=64)
def parse_prompt(text: str) -> Prompt:
    """A prompt; a ValueError says what is wrong with it. `{{` and `}}` stand for braces."""
    lines = tuple(map(_line, text.strip().split("\n")))
    if not any(line.template for line in lines):
        raise ValueError("it names no column; columns stand between braces, as in `{title}`")
    return Prompt(lines)


def _line(text: str) -> Line:
    fields = list(_FIELD.finditer(text))
    if not fields:
        return Line(_plain(text))
    start, end = fields[0].start(), fields[-1].end()
    ends = [found.end() for found in _END.finditer(text[:start])]
    begin = ends[-1] if ends else 0
    following = _END.search(text, end)
    stop = following.end() if following else len(text)
    space = len(text[begin:start]) - len(text[begin:start].lstrip())
    begin += space
    return Line(_plain(text[:begin]), parse(text[begin:stop]), _plain(text[stop:]))


def _plain(text: str) -> str:
    """Text without fields, its doubled braces single."""
    return "".join(literal for literal, *_ in Formatter().parse(text))
