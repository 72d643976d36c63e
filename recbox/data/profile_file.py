"""The file of a profile: a CSV of `id`, the text, and what the text was made of; a person may edit it.

`made` is three hashes: of the prompt that was asked, of who was asked, and of the text that came back. So a
text that a person has edited, or written, can be told from one that stands as it was written.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from recbox.data.whole import replacing
from recbox.errors import DataError, nearest, remedy_of

if TYPE_CHECKING:
    from _csv import Reader as Lines

ID, MADE = "id", "made"
DIGITS = 12
"""Hexadecimal digits of a hash: 48 bits, against chance and not against malice."""


class Row(NamedTuple):
    """A node's text, and what it was made of."""

    text: str
    made: str = ""

    @property
    def of(self) -> tuple[str, str]:
        """The hashes of the prompt that was asked, and of who was asked; empty where nobody was."""
        prompt, _, rest = self.made.partition(".")
        return prompt, rest.partition(".")[0]

    @property
    def kept(self) -> bool:
        """Whether a person wrote or changed the text, so that no writer may replace it."""
        return self.made.rpartition(".")[2] != digest(self.text) or self.made.count(".") != 2


def digest(text: str) -> str:
    """A short hash."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


def made(prompt: str, by: str, text: str) -> Row:
    """A row that a writer wrote. by: the hash of who was asked."""
    return Row(text, f"{digest(prompt)}.{by}.{digest(text)}")


def read_profile(path: Path, column: str) -> dict[str, Row]:
    """The rows by external id, as text; `made` may be left out. A `DataError` names the line of what can't be
    read: no UTF-8, no header, another number of fields, an id twice or none."""
    try:
        source = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError("the file is not UTF-8", where=str(path), instead="save it as UTF-8") from error
    except OSError as error:
        raise _unusable("read", path, error) from error
    lines = csv.reader(io.StringIO(source, newline=""), strict=True)
    try:
        return _rows(lines, path, column)
    except csv.Error as error:
        raise DataError(f"the line can't be read: {error}", where=f"{path}:{lines.line_num}") from error


def _rows(lines: Lines, path: Path, column: str) -> dict[str, Row]:
    header = next(lines, [])
    place = _places(header, path, column)
    rows: dict[str, Row] = {}
    for line in lines:
        where = f"{path}:{lines.line_num}"
        if not line:
            continue
        if len(line) != len(header):
            why = "a text with a comma stands in double quotes"
            raise DataError(f"{len(line)} fields, and the header has {len(header)}", where=where, why=why)
        key = line[place[ID]].strip()
        if not key or key in rows:
            raise DataError(f"the id {key!r} stands twice" if key else "no id", where=where)
        rows[key] = Row(line[place[column]], line[place[MADE]].strip() if MADE in place else "")
    return rows


def _places(header: list[str], path: Path, column: str) -> dict[str, int]:
    """Where each column stands."""
    names = [name.strip() for name in header]
    known = (ID, column, MADE)
    for name in (ID, column):
        if name not in names:
            why = f"the first line is {','.join(names)[:100]!r}" if names else "the file is empty"
            raise DataError(f"there is no column {name!r}", where=str(path), why=why)
    for name in names:
        if name not in known or names.count(name) > 1:
            what = f"the column {name[:60]!r} {'stands twice' if name in known else 'is not known'}"
            raise DataError(what, where=str(path), instead="" if name in known else nearest(name, known))
    return {name: names.index(name) for name in names}


def write_profile(path: Path, column: str, rows: Mapping[str, Row]) -> None:
    """The file, whole or as it was; a `DataError` where it can't be written."""
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow((ID, column, MADE))
    lines.writerows((key, row.text, row.made) for key, row in rows.items())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(text.getvalue().encode())
    except OSError as error:
        raise _unusable("written", path, error) from error


def _unusable(how: str, path: Path, error: OSError) -> DataError:
    why = error.strerror or str(error)
    return DataError(f"the file can't be {how}", where=str(path), why=why, instead=remedy_of(error))
