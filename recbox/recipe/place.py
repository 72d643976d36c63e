"""Where a thing stands in a recipe: the text, a line, a column; and how a mistake there is shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recbox.errors import Mistake, RecboxError, nearest

WIDTH = 160
"""Characters shown of a long line."""

MOST = 100
"""Mistakes that are spelled out."""


@dataclass(frozen=True, eq=False)
class Text:
    """A recipe's text, one object for one reading."""

    name: str
    """What people call it: a path, as given."""
    lines: tuple[str, ...]
    folder: Path
    """Where its relative paths begin."""


@dataclass(frozen=True)
class Place:
    """A 1-based line and column of a text."""

    text: Text
    line: int
    column: int

    def __str__(self) -> str:
        return f"{shown(self.text.name)}:{self.line}:{self.column}"

    def mistake(self, what: str, instead: str = "") -> Mistake:
        """A mistake at this place, with the line and a caret."""
        line, column = _window(self._line(), self.column)
        return Mistake(str(self), what, line, column, instead)

    def _line(self) -> str:
        lines = self.text.lines
        return lines[self.line - 1] if 0 < self.line <= len(lines) else ""


@dataclass
class Findings:
    """The mistakes found so far. A place that is known to be faulty says so once."""

    found: list[tuple[Place, str, str]] = field(default_factory=list)
    told: set[tuple[Place, str]] = field(default_factory=set)
    faulty: set[Place] = field(default_factory=set)
    cause: BaseException | None = None
    """What a plugin raised, for its author; the first one."""

    def add(self, place: Place, what: str, instead: str = "") -> None:
        """Report `what` at `place`, unless it is known."""
        if place not in self.faulty and (place, what) not in self.told:
            self.told.add((place, what))
            self.found.append((place, what, instead))

    def blame(self, place: Place, error: RecboxError) -> None:
        """Report a plugin's fault at the place that names the plugin."""
        self.cause = self.cause or error.__cause__
        what = "; ".join(filter(None, (error.what, error.why)))
        self.add(place, f"{what} ({error.where})" if error.where else what, error.instead)

    def close(self, place: Place, what: str, instead: str = "") -> None:
        """Report a mistake that leaves no value at `place`, so that whatever follows from it is not news."""
        self.add(place, what, instead)
        self.faulty.add(place)

    def unknown(self, place: Place, word: str, what: str, known: Sequence[str]) -> None:
        """Report a name that is not among `known`, with the nearest; not for thousands, for it takes time."""
        self.add(place, what, nearest(word, known) if len(self.found) <= MOST and len(word) <= WIDTH else "")

    def mistakes(self) -> list[Mistake]:
        """In order of texts and places; a flood is cut off, and says so."""
        texts: dict[Text, int] = {}
        for place, _, _ in self.found:
            texts.setdefault(place.text, len(texts))
        ordered = sorted(self.found, key=lambda f: (texts[f[0].text], f[0].line, f[0].column))
        listed = [place.mistake(what, instead) for place, what, instead in ordered[:MOST]]
        if len(ordered) > MOST:
            listed.append(ordered[MOST][0].mistake(f"and {len(ordered) - MOST} more mistakes from here on"))
        return listed


def shown(text: str) -> str:
    """`text` with whatever a terminal would act on replaced."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text.replace("\t", " "))


def short(text: str, most: int = 60) -> str:
    """`text` in quotes, cut off in the middle where it is long."""
    cut = text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 4 :]}"
    return repr(cut)


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a line around a column, and the caret's column in it, counted in terminal cells."""
    start = max(0, min(column - 1 - WIDTH // 2, len(line) - WIDTH))
    part = shown(line[start : start + WIDTH])
    return part, 1 + sum(map(_cells, part[: column - 1 - start]))


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
