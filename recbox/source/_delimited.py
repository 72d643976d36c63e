"""Delimited text, split a block at a time with numpy, with the line number of every row.

A csv parser knows no line of a row that doesn't fit; here each line is looked at first (length, NUL, UTF-8,
number of fields), and only good lines reach the parser. Files with quotes take the slower way of `_quoted`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from recbox.data.tables import MAX_BAD
from recbox.errors import DataError
from recbox.source._block import COLUMN, MAX_LINE, Block, blank, positions
from recbox.source._quoted import read_quoted
from recbox.source._wellformed import parse_block

BLOCK = 1 << 26
"""Bytes read at a time."""
UNIT = b"\x1f"
"""Stands in for a delimiter of several bytes."""


@dataclass(frozen=True)
class Layout:
    """How a delimited file is written. Empty lines are no rows. runs: blanks and tabs in any number are one
    delimiter, which must be a blank, and none at a line's ends."""

    delimiter: str = ","
    quote: bool = True
    header: bool = True
    encoding: str = "utf-8"
    runs: bool = False


def read_delimited(
    path: Path, layout: Layout, wanted: Sequence[COLUMN], whole: Sequence[int] = ()
) -> Iterator[Block]:
    """The wanted columns of a file, a block at a time. whole: which of them may come as integers."""
    head = path.open("rb").read(2)
    if head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise DataError("the file is UTF-16", where=str(path), instead="save it as UTF-8")
    if layout.quote and _holds(path, b'"'):
        return read_quoted(path, layout.delimiter, layout.header, layout.encoding, wanted)
    return _plain(path, layout, wanted, whole)


def header_of(path: Path, layout: Layout) -> list[str]:
    """The names in the first line; empty where there is none."""
    with path.open("rb") as file:
        first = file.readline(MAX_LINE).removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n")
    return _names(first, layout.delimiter.encode(), layout, f"{path}:1") if first else []


def _names(line: bytes, delimiter: bytes, layout: Layout, where: str) -> list[str]:
    try:
        return [name.decode().strip() for name in line.split(delimiter)]
    except UnicodeDecodeError as error:
        raise DataError(f"the header is not {layout.encoding}: {error.reason}", where=where) from error


def _holds(path: Path, byte: bytes) -> bool:
    """Whether the byte is anywhere in the file."""
    with path.open("rb") as file:
        return any(byte in block for block in iter(lambda: file.read(BLOCK), b""))


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in pieces that end with a line."""
    with path.open("rb") as file:
        rest = file.read(len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8)
        while block := file.read(BLOCK):
            cut = block.rfind(b"\n") + 1
            if cut:
                yield rest + block[:cut]
                rest = block[cut:]
            else:
                rest += block
    if rest:
        yield rest


def _plain(path: Path, layout: Layout, wanted: Sequence[COLUMN], whole: Sequence[int]) -> Iterator[Block]:
    delimiter = UNIT if len(layout.delimiter.encode()) > 1 else layout.delimiter.encode()
    line, width, at = 1, 0, None
    for raw in _blocks(path):
        block = _normal(raw, layout)
        if at is None:
            empty = len(block) - len(block.lstrip(b"\n"))
            block, line = block[empty:], line + empty
            if not block:
                continue
            names = None
            if layout.header:
                header, _, block = block.partition(b"\n")
                names = _names(header, delimiter, layout, f"{path}:{line}")
                line += 1
            width = len(names) if names is not None else _Lines(block, delimiter).usual_width()
            at = positions(wanted, names, width, str(path))
        if block:
            integers = {at[n] for n in whole}
            found = parse_block(block, delimiter, line, width, at, integers)
            yield found or _Lines(block, delimiter).split(line, width, at)
            line += found.frame.height if found else block.count(b"\n")
    if at is None and layout.header:
        raise DataError("the file is empty, and a header was expected", where=str(path))


def _normal(block: bytes, layout: Layout) -> bytes:
    """UTF-8 lines that end in a line feed, with a delimiter of one byte."""
    if layout.encoding != "utf-8":
        block = block.decode(layout.encoding).encode()
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").removesuffix(b"\r")
    delimiter = layout.delimiter.encode()
    if len(delimiter) > 1:
        block = block.replace(delimiter, UNIT)
    if layout.runs:
        block = re.sub(rb"(?m)^ +| +$", b"", re.sub(rb" {2,}", b" ", block.replace(b"\t", b" ")))
    return block if block.endswith(b"\n") else block + b"\n"


class _Lines:
    """The lines of one block: where they end, how many fields they have, which are bad and why."""

    def __init__(self, block: bytes, delimiter: bytes) -> None:
        self.block, self.delimiter = block, delimiter
        self.data = np.frombuffer(block, np.uint8)
        self.ends = np.flatnonzero(self.data == 10)
        self.starts = np.r_[0, self.ends[:-1] + 1]
        self.fields = self._count(delimiter[0]) + 1
        self.row = self.ends > self.starts

    def _count(self, byte: int) -> np.ndarray:
        """How often a byte occurs in each line."""
        found = np.searchsorted(np.flatnonzero(self.data == byte), self.ends)
        return np.diff(found, prepend=0)

    def usual_width(self) -> int:
        """The number of fields that most rows have, of two the smaller."""
        return int(np.bincount(np.minimum(self.fields[self.row], MAX_LINE)).argmax())

    def split(self, first_line: int, width: int, at: Sequence[int]) -> Block:
        """Rows of `width` fields, of which the columns at `at` are kept; all others are bad."""
        reason: dict[int, str] = {}
        bad = np.zeros(len(self.ends), bool)
        for lines, say in self._problems(width):
            new = lines[self.row[lines] & ~bad[lines]]
            bad[new] = True
            reason.update((int(i), say(int(i))) for i in new[:MAX_BAD])
        good = self.row & ~bad
        spelled = sorted((first_line + i, text) for i, text in reason.items())[:MAX_BAD]
        frame = self._parse(good, width, at)
        numbered = frame.with_columns(pl.Series("line", np.flatnonzero(good) + first_line, pl.Int64))
        return Block(numbered, spelled, int(bad.sum()))

    def _problems(self, width: int) -> Iterator[tuple[np.ndarray, Callable[[int], str]]]:
        length = self.ends - self.starts
        yield np.flatnonzero(length > MAX_LINE), lambda i: f"the line is overlong ({length[i]} bytes)"
        yield np.flatnonzero(self._count(0) > 0), lambda i: "the line holds a NUL byte"
        yield self._undecodable()
        yield (
            np.flatnonzero(self.fields != width),
            lambda i: (
                f"{self.fields[i]} field{'s' if self.fields[i] > 1 else ''} where {width} were expected"
            ),
        )

    def _undecodable(self) -> tuple[np.ndarray, Callable[[int], str]]:
        """Lines that are not UTF-8: decoding goes on after each of them, so the block is read once."""
        found: dict[int, str] = {}
        view, begin = memoryview(self.block), 0
        while not self.block.isascii() and begin < len(view):
            try:
                codecs.utf_8_decode(view[begin:], "strict", True)
                break
            except UnicodeDecodeError as error:
                at = begin + error.start
                line = int(np.searchsorted(self.ends, at))
                column = at - int(self.starts[line]) + 1
                found[line] = f"byte 0x{self.block[at]:02X} at byte {column} of the line is not UTF-8"
                begin = int(self.ends[line]) + 1
        return np.array(sorted(found), np.int64), found.__getitem__

    def _parse(self, good: np.ndarray, width: int, at: Sequence[int]) -> pl.DataFrame:
        if not good.any():
            return blank(len(at)).drop("line")
        text = (
            self.block if good.all() else self.data[np.repeat(good, np.diff(self.ends, prepend=-1))].tobytes()
        )
        frame = pl.read_csv(
            text,
            has_header=False,
            new_columns=[f"f{i}" for i in range(width)],
            separator=self.delimiter.decode(),
            quote_char=None,
            infer_schema=False,
        )
        if frame.height != int(good.sum()):
            raise RuntimeError(f"{frame.height} rows parsed of {int(good.sum())}")
        return frame.select(pl.col(f"f{i}").alias(f"c{n}") for n, i in enumerate(at))
