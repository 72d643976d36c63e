"""Where sentences end, and what of a text is kept: whole sentences, on one line."""

from __future__ import annotations

import re
from collections.abc import Iterator

_END = re.compile(r"""[.!?…]+["'”’»)\]*_]*(?=\s|$)|[。！？｡]+["”’」』）]*""")
_ABBREVIATED = re.compile(
    r"""(?: (?:^|\n)\s*\d+
        | (?:^|[\s("'“‘]) (?:[a-z]|mr|mrs|ms|dr|st|vs|jr|sr|prof|no|vol|e\.g|i\.e|cf|etc) )\.$""",
    re.IGNORECASE | re.VERBOSE,
)
"""What ends with a point and ends no sentence: a number in a list, an initial, a title."""
_BREAK = {"line": re.compile(r"\n"), "paragraph": re.compile(r"\n[^\S\n]*\n"), "end": re.compile(r"(?!)")}
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufffd\u202a-\u202e\u2066-\u2069\ufeff]")
"""Also the marks that turn the direction of what comes after them, and what stands for a broken character."""


def ends(text: str) -> Iterator[int]:
    """Behind the last character of each sentence that has ended."""
    for found in _END.finditer(text):
        if not _ABBREVIATED.search(text, 0, found.end()):
            yield found.end()


def done(text: str, sentences: int | None, stop: str) -> bool:
    """Whether nothing that follows can change what is kept of a text. A point at its very end may be that of
    a number."""
    if _BREAK[stop].search(text.lstrip()):
        return True
    if sentences is None:
        return False
    behind = [end for end in ends(text) if end < len(text)]
    return len(behind) >= sentences


def kept(text: str, sentences: int | None, stop: str, whole: bool) -> str:
    """The text on one line. whole: it was ended, not cut off; else what follows its last sentence goes."""
    text = text.lstrip()
    if broken := _BREAK[stop].search(text):
        text, whole = text[: broken.start()], True
    places = list(ends(text))
    if sentences is not None and len(places) >= sentences:
        text = text[: places[sentences - 1]]
    elif not whole and places:
        text = text[: places[-1]]
    return " ".join(_CONTROL.sub("", text).split())
