"""Reading a ledger: its lines, and every place where one doesn't follow from the line before."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from recbox.errors import DataError
from recbox.ledger.line import LONGEST, START, Line, decoded


@dataclass(frozen=True)
class Fault:
    """Where the chain is broken. number: of the line, from 1."""

    number: int
    what: str


@dataclass(frozen=True)
class Chain:
    """lines: those that can be read, in order. faults: where the chain is broken. torn: whether a line
    without an end stands last, as a kill or a power cut may leave it; the next writer removes it."""

    lines: tuple[Line, ...]
    faults: tuple[Fault, ...] = ()
    torn: bool = False

    def of(self, split: str) -> list[Line]:
        """The lines of one split, by its fingerprint."""
        return [line for line in self.lines if line.touch.split == split]

    def at(self, index: int) -> Line | None:
        """The line of that index; where it is missing or stands twice, the first that has it or None."""
        if 0 <= index < len(self.lines) and self.lines[index].index == index:
            return self.lines[index]
        return next((line for line in self.lines if line.index == index), None)


def read(path: Path) -> Chain:
    """All of a ledger. A `DataError` where there is no such file, or it can't be read."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise DataError("this is no file", where=str(path))
            return _chained(file)
    except OSError as error:
        raise DataError("can't read the ledger", where=str(path), why=error.strerror or "") from error


def _chained(file: BinaryIO) -> Chain:
    lines: list[Line] = []
    faults: list[Fault] = []
    previous, due = START, 0
    for number, (raw, hash, ended) in enumerate(_raw(file), 1):
        if not ended:
            return Chain(tuple(lines), tuple(faults), torn=True)
        line = decoded(raw, hash)
        if what := _wrong(line, previous, due):
            faults.append(Fault(number, what))
        if line is not None:
            lines.append(line)
        previous, due = hash, (line.index if line else due) + 1
    return Chain(tuple(lines), tuple(faults))


def _wrong(line: Line | None, previous: str, due: int) -> str:
    if line is None:
        return "it is no line of a ledger"
    if line.index != due:
        return f"its index is {line.index} where {due} is due: lines are missing, or were put in"
    if line.previous != previous:
        return "it doesn't follow from the line before: that one was changed, or others stood between them"
    return ""


def _raw(file: BinaryIO) -> Iterator[tuple[bytes, str, bool]]:
    """Each line without its line feed (of one past all bounds the beginning), its hash, and whether it had a
    line feed."""
    while first := file.readline(LONGEST + 2):
        hash, piece = hashlib.sha256(first.removesuffix(b"\n")), first
        while not piece.endswith(b"\n") and (piece := file.readline(LONGEST)):
            hash.update(piece.removesuffix(b"\n"))
        yield first.removesuffix(b"\n"), hash.hexdigest(), piece.endswith(b"\n")
