"""Lines of text as rows of fields: by which delimiter, and whether quotes mean anything."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from recbox.errors import DataError

DELIMITERS = "::", ",", "\t", ";", "|"
UNIT = "\x1f"
"""Stands in for a delimiter of two characters."""
ROWS = 20_000
"""Rows that are looked at of the beginning, at most, and of each place within."""


def delimiter_of(text: str, path: Path) -> str:
    """The one by which most records have as many fields, two or more."""

    def fit(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in _records(text[: 1 << 16], delimiter))
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        return (round(count / widths.total(), 2) if width > 1 else 0.0), width

    best = max(DELIMITERS, key=fit)
    if fit(best)[1] < 2 and fit(" ") >= (0.98, 2):
        return " "
    if fit(best)[1] < 2:
        raise DataError(
            "no columns can be told apart",
            where=str(path),
            why="no comma, tab, semicolon or | divides its lines, and no single blank",
            instead="a file with a column for the user and one for the item",
        )
    return best


def records(texts: Sequence[str], delimiter: str, quote: bool) -> list[list[str]]:
    """The rows of all texts, the first `ROWS` of each."""
    return [row for text in texts for row in islice(_records(text, delimiter, quote), ROWS)]


def quotes_of(text: str, delimiter: str) -> bool:
    """Whether quotes enclose values: not where most lines with some have one amid other text, which there
    would be doubled, as in `5" pipe`."""
    lines = [line for line in text.split("\n") if '"' in line]
    other = re.escape(delimiter[0])
    amid = re.compile(rf'[^"{other}]"[^"{other}\r]')
    return 2 * sum(amid.search(line) is not None for line in lines) <= len(lines)


def _records(text: str, delimiter: str, quote: bool = True) -> Iterator[list[str]]:
    """Rows as a reader of CSV has them; empty lines are none."""
    if len(delimiter) > 1:
        text, delimiter = text.replace(delimiter, UNIT), UNIT
    quoting = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
    try:
        yield from (row for row in reader if row)
    except csv.Error:  # a field that goes on and on: what was read until then will do
        return
