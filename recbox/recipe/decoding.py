"""Bytes to text: UTF-8 alone, bounded, with line breaks made equal and no character that hides."""

from __future__ import annotations

import re
from pathlib import Path

from recbox.recipe.place import Findings, Place, Text

BYTES = 1 << 20
"""The most that a recipe may hold."""

_BREAK = re.compile("\r\n?")
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""Control characters, line breaks that editors do not count, byte-order marks, halves of pairs."""


def read_bytes(path: Path) -> bytes:
    """At most one byte more than a recipe may hold; an `OSError` or a `ValueError` where there is no file."""
    with path.open("rb") as file:
        return file.read(BYTES + 1)


def decode(data: bytes, name: str, folder: Path, findings: Findings) -> tuple[Text, str] | None:
    """The text of a file and its lines, or None after reporting why there is none."""
    start = Place(Text(name, (), folder), 1, 1)
    if len(data) > BYTES:
        findings.add(start, f"the recipe is larger than {BYTES >> 20} MiB", "keep data in files of its own")
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        findings.add(start, "the recipe is UTF-16", "save it as UTF-8")
        return None
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        source = data[: error.start].decode("utf-8-sig", "replace")
        text, _ = _text(source, name, folder)
        place = Place(text, len(text.lines), len(text.lines[-1]) + 1)
        findings.add(place, f"byte 0x{data[error.start]:02x} is not UTF-8", "save the recipe as UTF-8")
        return None
    return clean(source, name, folder, findings)


def clean(source: str, name: str, folder: Path, findings: Findings) -> tuple[Text, str] | None:
    """The same for text that is decoded already: None, and a report, if a character may not be there."""
    text, source = _text(source, name, folder)
    allowed = True
    for number, line in enumerate(text.lines, 1):
        if found := _FORBIDDEN.search(line):
            allowed = False
            place = Place(text, number, found.start() + 1)
            findings.add(place, f"the character U+{ord(found[0]):04X} may not stand in a recipe", "remove it")
    return (text, source) if allowed else None


def _text(source: str, name: str, folder: Path) -> tuple[Text, str]:
    source = _BREAK.sub("\n", source)
    return Text(name, tuple(source.split("\n")), folder), source
