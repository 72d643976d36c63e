"""Delimited text with quotes, a record at a time.

A quoted field may go over several lines. A quote that nothing closes makes one bad row of the line it stands
in, and reading goes on with the next line: it doesn't swallow the rest of the file.
"""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from recbox.data.tables import MAX_BAD
from recbox.errors import DataError
from recbox.source._block import COLUMN, MAX_LINE, Block, positions

BATCH = 10_000
SPAN = 200
"""Lines that one quoted field may go over."""
_UNIT = "\x1f"
Record = tuple[int, list[str] | str]
"""The first line of a record, and its fields or why it is none."""


def read_quoted(
    path: Path, delimiter: str, header: bool, encoding: str, wanted: Sequence[COLUMN]
) -> Iterator[Block]:
    """The wanted columns, a batch of records at a time."""
    with path.open("rb") as file:
        records = _records(file, delimiter, encoding)
        names = _header(records, path) if header else None
        at, width = None, 0
        while batch := list(islice(records, BATCH)):
            if at is None:
                width = len(names) if names is not None else _usual_width(batch)
                at = positions(wanted, names, width, str(path))
            yield _block(batch, width, at)
        if at is None and names is not None:
            positions(wanted, names, len(names), str(path))


def _header(records: Iterator[Record], path: Path) -> list[str]:
    line, fields = next(records, (1, "the file is empty"))
    if isinstance(fields, str):
        raise DataError(f"the header can't be read: {fields}", where=f"{path}:{line}")
    return [name.strip() for name in fields]


def _usual_width(batch: Sequence[Record]) -> int:
    widths = [len(fields) for _, fields in batch if isinstance(fields, list)]
    return min(set(widths), key=lambda width: (-widths.count(width), width), default=0)


def _block(batch: Sequence[Record], width: int, at: Sequence[int]) -> Block:
    bad: list[tuple[int, str]] = []
    good: list[tuple[int, list[str]]] = []
    for line, fields in batch:
        if isinstance(fields, str):
            bad.append((line, fields))
        elif len(fields) != width:
            plural = "s" if len(fields) > 1 else ""
            bad.append((line, f"{len(fields)} field{plural} where {width} were expected"))
        else:
            good.append((line, fields))
    columns = {
        f"c{n}": pl.Series([fields[i] for _, fields in good], dtype=pl.String) for n, i in enumerate(at)
    }
    frame = pl.DataFrame({**columns, "line": pl.Series([line for line, _ in good], dtype=pl.Int64)})
    return Block(frame, bad[:MAX_BAD], len(bad))


def _records(file: Iterator[bytes], delimiter: str, encoding: str) -> Iterator[Record]:
    ahead: deque[bytes] = deque()
    number = 0
    while (line := ahead.popleft() if ahead else next(file, None)) is not None:
        number += 1
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        text = _decoded(line, encoding)
        if isinstance(text, ValueError):
            yield number, str(text)
        elif not (text := text.rstrip("\r\n")):
            continue
        elif '"' not in text:
            yield number, text.split(delimiter)
        elif (fields := _parse(text, delimiter)) is not None:
            yield number, fields
        else:
            fields, further = _over_lines(line.decode(encoding), file, ahead, delimiter, encoding)
            yield number, fields
            number += further


def _over_lines(
    text: str, file: Iterator[bytes], ahead: deque[bytes], delimiter: str, encoding: str
) -> tuple[list[str] | str, int]:
    """The record that begins with `text`, in which a quote is open, and how many further lines it takes.

    They are read from `file` into `ahead`, and leave it only if they belong to the record.
    """
    for further in range(1, SPAN):
        if len(ahead) < further and (line := next(file, None)) is not None:
            ahead.append(line)
        more = _decoded(ahead[further - 1], encoding) if len(ahead) >= further else ValueError()
        if isinstance(more, ValueError) or len(text) > MAX_LINE:
            break
        text += more
        fields = _parse(text, delimiter) if '"' in more else None
        if isinstance(fields, str):
            return fields, 0
        if fields is not None:
            for _ in range(further):
                ahead.popleft()
            return fields, further
    return "a quote is never closed", 0


def _decoded(line: bytes, encoding: str) -> str | ValueError:
    if len(line) > MAX_LINE:
        return ValueError(f"the line is overlong ({len(line.rstrip())} bytes)")
    if b"\0" in line:
        return ValueError("the line holds a NUL byte")
    try:
        return line.decode(encoding)
    except UnicodeDecodeError as error:
        return ValueError(
            f"byte 0x{line[error.start]:02X} at byte {error.start + 1} of the line is not UTF-8"
        )


def _parse(text: str, delimiter: str) -> list[str] | str | None:
    """The fields of a record, or why it is none; None where a quote is still open at its end."""
    # The csv module knows delimiters of one character alone.
    one = delimiter if len(delimiter) == 1 else _UNIT
    try:
        fields = next(csv.reader([text.replace(delimiter, one).rstrip("\r\n")], delimiter=one, strict=True))
    except csv.Error as error:
        return None if str(error) == _OPEN else f"a quote is out of place ({error})"
    return [field.replace(one, delimiter) for field in fields] if one is _UNIT else fields


_OPEN = "unexpected end of data"
