"""What a user's file looks like, from a few of its rows: format, delimiter, header, values of columns.

Rows come from its beginning and, where it is large, from places within and its end: a file that is sorted by
user begins with one of them.
"""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recbox.errors import DataError
from recbox.sketching.heading import is_header
from recbox.sketching.naming import check_first, lost_of, sayable
from recbox.sketching.parting import ROWS, delimiter_of, quotes_of, records
from recbox.source._reading import SUFFIXES, Format

HEAD, WITHIN = 1 << 20, 1 << 18
"""Bytes that are read of its beginning, and of each place within."""
PACKED = {
    b"\x1f\x8b": "gzip", b"PK": "zip or Excel", b"BZ": "bzip2", b"\xfd7": "xz", b"\x28\xb5": "zstd",
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A column. name: None in a file without a header. place: counted from 1. values: as text, empty where
    there is none. listed: whether values are lists, joined by `|`."""

    name: str | None
    place: int
    values: tuple[str, ...]
    listed: bool = False

    @property
    def at(self) -> str | int:
        """How a recipe calls it."""
        return self.place if self.name is None else self.name


@dataclass(frozen=True)
class Peek:
    """A file. delimiter: None where the format says it. latin: whether it is no UTF-8. quote: whether double
    quotes enclose values. lost: columns that a recipe can't have, and why."""

    path: Path
    format: Format
    columns: tuple[Sample, ...]
    delimiter: str | None = None
    latin: bool = False
    quote: bool = True
    lost: tuple[str, ...] = ()

    @property
    def header(self) -> bool:
        """Whether columns have names."""
        return self.columns[0].name is not None


def peek(path: Path) -> Peek:
    """Look at a file; a `DataError` for one that is none, is empty, or can't be told."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise DataError("it is no plain file, which is read twice", where=str(path))
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise DataError(f"can't read: {error.strerror or error}", where=str(path)) from error
    if not start:
        raise DataError("the file is empty", where=str(path))
    if start[:4] == b"PAR1":
        return _parquet(path)
    for magic, what in PACKED.items():
        if start.startswith(magic):
            raise DataError(f"the file is {what}", where=str(path), instead="unpack it, or export it as CSV")
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise DataError("the file is UTF-16", where=str(path), instead="save it as UTF-8")
    form = SUFFIXES.get(path.suffix.lower())
    if form == "parquet":
        raise DataError("the file is no Parquet", where=str(path), why="its first bytes aren't PAR1")
    pieces = list(_pieces(path))
    latin = _is_latin(pieces)
    texts = [piece.decode("latin-1" if latin else "utf-8", "replace") for piece in pieces]
    if texts[0].lstrip().startswith("["):
        what = "the file is a JSON array"
        raise DataError(what, where=str(path), instead="JSON lines: an object on each line, without brackets")
    if form == "jsonl" or (form is None and texts[0].lstrip().startswith("{")):
        return _jsonl(path, texts)
    return _delimited(path, texts, form, latin)


def _pieces(path: Path) -> Iterator[bytes]:
    """Whole lines of the beginning, and where there are more of two places within and of the end."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD).removeprefix(codecs.BOM_UTF8)
        if b"\0" in head:
            raise DataError("the file is no text: it holds a NUL byte", where=str(path))
        yield head if size <= HEAD else head[: head.rfind(b"\n") + 1] or head
        if size > HEAD + 4 * WITHIN:
            for start in (size // 3, 2 * size // 3, size - WITHIN):
                file.seek(start)
                yield b"\n".join(file.read(WITHIN).split(b"\n")[1:-1])


def _is_latin(pieces: Sequence[bytes]) -> bool:
    """Whether most lines with more than ASCII are no UTF-8; a few are bad rows."""
    lines = [line for piece in pieces for line in piece.split(b"\n") if not line.isascii()]
    return sum(2 * _is_utf8(line) - 1 for line in lines) < 0


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _delimited(path: Path, texts: Sequence[str], form: Format | None, latin: bool) -> Peek:
    if "\r" in texts[0] and "\n" not in texts[0]:
        what = "its lines end in a carriage return alone"
        raise DataError(what, where=str(path), instead="save it with line feeds")
    if texts[0].startswith("sep="):
        what = "the first line is Excel's `sep=`, and no header"
        raise DataError(what, where=f"{path}:1", instead="remove the line")
    delimiter = delimiter_of(texts[0], path)
    quote = quotes_of(texts[0], delimiter)
    rows = records(texts, delimiter, quote) or records(texts, delimiter, quote := False)
    width = Counter(map(len, rows)).most_common(1)[0][0]
    begin, rows = rows[0], [row for row in rows if len(row) == width]
    named = is_header(rows)
    check_first(begin, rows, named, path)
    names = [name.strip() for name in rows[0]] if named else [None] * width
    if double := next((name for name in names if name and names.count(name) > 1), None):
        raise DataError(f"the header has {double!r} twice", where=f"{path}:1", instead="another name for one")
    values = list(zip(*rows[named:])) or [()] * width
    samples = [Sample(name, n + 1, tuple(v)) for n, (name, v) in enumerate(zip(names, values))]
    columns = _nameable(samples, path)  # the index that pandas writes has no name
    kind: Format = "tsv" if delimiter == "\t" else "csv"
    usual = delimiter == {"csv": ",", "tsv": "\t"}[form or kind]
    lost = lost_of(names)
    return Peek(path, form or kind, columns, None if usual else delimiter, latin, quote, lost)


def _jsonl(path: Path, texts: Sequence[str]) -> Peek:
    found: list[dict[str, Any]] = []
    for line in (line for text in texts for line in text.split("\n")[:ROWS]):
        try:
            one = json.loads(line)
        except (ValueError, RecursionError):
            continue  # a bad row, which is counted when all are read
        if isinstance(one, dict):
            found.append(one)
    names = list(dict.fromkeys(name for one in found for name in one))
    if not names:
        raise DataError("no line is a JSON object", where=str(path))
    flat = [name for name in names if not any(isinstance(one.get(name), dict) for one in found)]
    lost = tuple(f"{name[:50]!r} holds objects" for name in names if name not in flat) + lost_of(flat)
    columns = _named([(name, [one.get(name) for one in found]) for name in flat], path)
    return Peek(path, "jsonl", columns, lost=lost)


def _parquet(path: Path) -> Peek:
    import polars as pl

    try:
        file = pl.scan_parquet(path, glob=False)
        rows, some = int(file.select(pl.len()).collect().item()), ROWS // 4
        starts = (0, rows // 3, 2 * rows // 3, rows - some) if rows > ROWS else (0,)
        frame = pl.concat([file.slice(start, some if rows > ROWS else ROWS).collect() for start in starts])
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a damaged file makes polars panic, which is no Exception
        why = str(error).split("\n")[0][:200]
        raise DataError("the file is no Parquet", where=str(path), why=why) from None
    if not frame.width:
        raise DataError("the file has no columns", where=str(path))
    columns = _named([(name, frame[name].to_list()) for name in frame.columns], path)
    return Peek(path, "parquet", columns, lost=lost_of(frame.columns))


def _named(columns: Sequence[tuple[str, list[Any]]], path: Path) -> tuple[Sample, ...]:
    samples = [
        Sample(name, n + 1, tuple(map(_text, values)), any(isinstance(value, list) for value in values))
        for n, (name, values) in enumerate(columns)
    ]
    return _nameable(samples, path)


def _nameable(samples: Sequence[Sample], path: Path) -> tuple[Sample, ...]:
    """Those that a recipe can name."""
    kept = [s for s in samples if s.name is None or sayable(s.name)]
    if not kept:
        raise DataError(
            "no column has a name that a recipe could say",
            where=str(path),
            why="they hold characters that can't be shown, as a text does that is neither UTF-8 nor Latin-1",
            instead="save it as UTF-8, with a name for each column",
        )
    return tuple(kept)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "|".join(_text(one) for one in value)
    return str(value)
