"""Whether the first row of a file names its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recbox.sketching.words import known


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: no number, no time, nothing that is there again below (but as the
    same row, where files were put together), and of another shape than what is below, unless its words are
    such as columns are called by."""
    used = [n for n in range(len(rows[0])) if any(row[n].strip() for row in rows[:1000])]
    first = [rows[0][n].strip() for n in used]
    below = [[row[n] for n in used] for row in rows[1:1000] if list(row) != list(rows[0])]
    names = [field for field in first if field]
    if len(names) < max(2, len(first) - 1) or any(map(_value, names)):
        return False
    again = {n for n, field in enumerate(first) if any(row[n].strip() == field for row in below)}
    telling = [n for n, field in enumerate(first) if known(field)]
    if telling:
        return not again & set(telling)
    return not again and not any(_alike(field, [row[n] for row in below]) for n, field in enumerate(first))


def _value(text: str) -> bool:
    """Whether it is a number or begins like a date."""
    return _number(text) or re.match(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", text) is not None


def _alike(text: str, others: Sequence[str]) -> bool:
    """Whether a text with digits in it is built as most others are: `s0` as `s17`."""
    own = _shape(text)
    return "9" in own and 2 * sum(_shape(other) == own for other in others) > len(others)


def _shape(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text.strip()))


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
