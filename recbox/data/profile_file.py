"""The file of a profile: a CSV of `id`, the text, and what the text was made of; a person may edit it.

`made` is four hashes: of the prompt that was asked, of the writer and its options, of the writer's version,
and of the text that came back. So a text that a person has edited, or written, can be told from one that
stands as it was written.
"""

from __future__ import annotations

import codecs
import csv
import errno
import hashlib
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from recbox.data.whole import replacing
from recbox.errors import DataError, nearest, remedy_of

if TYPE_CHECKING:
    from _csv import Reader as Lines

ID, MADE = "id", "made"
DIGITS = 12
"""Hexadecimal digits of a hash: 48 bits, against chance and not against malice."""
PARTS = 4
"""Hashes in `made`."""


class Row(NamedTuple):
    """A node's text, and what it was made of."""

    text: str
    made: str = ""

    @property
    def of(self) -> tuple[str, str, str]:
        """The hashes of the prompt that was asked, of the writer, and of its version; empty where a person
        wrote the text."""
        parts = self.made.split(".")
        return (parts[0], parts[1], parts[2]) if len(parts) == PARTS else ("", "", "")

    @property
    def kept(self) -> bool:
        """Whether a person wrote or changed the text, so that no writer may replace it."""
        return self.made.split(".")[PARTS - 1 :] != [digest(self.text)]


def digest(text: str) -> str:
    """A short hash."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


def made(prompt: str, writer: str, version: str, text: str) -> Row:
    """A row that a writer wrote. writer, version: their hashes."""
    return Row(text, f"{digest(prompt)}.{writer}.{version}.{digest(text)}")


def read_profile(path: Path, column: str) -> dict[str, Row]:
    """The rows by external id, as text; `made` may be left out. A `DataError` names the line of what can't be
    read: no UTF-8, no header, another number of fields, an id twice or none."""
    try:
        source = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError("the file is not UTF-8", where=str(path), instead="save it as UTF-8") from error
    except OSError as error:
        raise _unusable("read", path, error) from error
    before = csv.field_size_limit(max(len(source), 1))
    try:
        return _rows(csv.reader(io.StringIO(source, newline=""), strict=True), path, column)
    finally:
        csv.field_size_limit(before)


def _rows(lines: Lines, path: Path, column: str) -> dict[str, Row]:
    place: dict[str, int] = {}
    rows: dict[str, Row] = {}
    first: dict[str, int] = {}
    for line, number in _lines(lines, path):
        where = f"{path}:{number}"
        if not place:
            place, width = _places(line, path, column), len(line)
            continue
        if len(line) != width:
            why = "a text with a comma stands in double quotes"
            raise DataError(f"{len(line)} fields, and the header has {width}", where=where, why=why)
        key = line[place[ID]]
        if not key.strip():
            raise DataError("no id", where=where, instead="give the line an id, or remove it")
        if key in rows:
            what = f"the id {key!r} stands twice: first in line {first[key]}"
            raise DataError(what, where=where, instead="remove one of the two lines")
        first[key] = number
        rows[key] = Row(line[place[column]], line[place[MADE]].strip() if MADE in place else "")
    if not place:
        raise DataError("the file is empty", where=str(path), instead=f"begin it with {ID},{column}")
    return rows


def _lines(lines: Lines, path: Path) -> Iterator[tuple[list[str], int]]:
    """Each that is not blank, and the number of its first line in the file."""
    while True:
        number = lines.line_num + 1
        try:
            line = next(lines, None)
        except csv.Error as error:
            instead = "double the quotes within a text, and close it with one"
            raise DataError(
                f"the line can't be read: {error}", where=f"{path}:{number}", instead=instead
            ) from error
        if line is None:
            return
        if line:
            yield line, number


def _places(header: list[str], path: Path, column: str) -> dict[str, int]:
    """Where each column stands; their case doesn't matter."""
    known = {name.casefold(): name for name in (column, ID, MADE)}
    names = [known.get(name.strip().casefold(), name.strip()) for name in header]
    for name in (ID, column):
        if name not in names:
            why = f"the first line is {','.join(names)[:100]!r}"
            other = len(header) == 1 and (";" in header[0] or "\t" in header[0])
            instead = "save it with commas between columns" if other else f"begin it with {ID},{column}"
            raise DataError(f"there is no column {name!r}", where=str(path), why=why, instead=instead)
    for name in names:
        if names.count(name) > 1 or name not in known.values():
            twice = names.count(name) > 1 and name
            what = f"the column {name[:60]!r} {'stands twice' if twice else 'is not known'}"
            instead = nearest(name, (ID, column, MADE)) if name and not twice else "remove it"
            raise DataError(what, where=str(path), instead=instead)
    return {name: names.index(name) for name in names}


def write_profile(path: Path, column: str, rows: Mapping[str, Row]) -> None:
    """The file, whole or as it was; a `DataError` where it can't be written."""
    text = io.StringIO(newline="")
    plain = csv.writer(text, lineterminator="\n")
    quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow((ID, column, MADE))
    for key, row in rows.items():
        # By itself the module leaves a lone return bare, and reads it as the end of a line.
        lines = quoted if "\r" in key + row.text else plain
        lines.writerow((key, row.text, row.made))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(_mark(path) + text.getvalue().encode())
    except OSError as error:
        raise _unusable("written", path, error) from error


def check_writable(path: Path) -> None:
    """A `DataError` where the file could not be written; asked before a model writes for hours."""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if path.is_dir():
        raise _unusable("written", path, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
    if not os.access(Path(os.path.realpath(path)).parent if path.exists() else folder, os.W_OK | os.X_OK):
        raise _unusable("written", path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def _mark(path: Path) -> bytes:
    """The byte-order mark by which a spreadsheet knows UTF-8, where the file had one."""
    try:
        with path.open("rb") as file:
            return codecs.BOM_UTF8 if file.read(3) == codecs.BOM_UTF8 else b""
    except FileNotFoundError:
        return b""


def _unusable(how: str, path: Path, error: OSError) -> DataError:
    why = error.strerror or str(error)
    return DataError(f"the file can't be {how}", where=str(path), why=why, instead=remedy_of(error))
