"""Names of columns: whether the first line has them, and a recipe can say them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recbox.errors import DataError
from recbox.sketching.words import known


def check_first(begin: Sequence[str], rows: Sequence[Sequence[str]], named: bool, path: Path) -> None:
    """An error where the header is not in the first line, or has not as many fields as the rows."""
    if len(begin) == len(rows[0]):
        return
    if named:
        what = f"the first line is no header: it has {_fields(begin)}, and most have {len(rows[0])}"
        raise DataError(what, where=f"{path}:1", instead="remove the lines above the header")
    if sum(map(known, begin)) >= 2:
        what = f"the header has {_fields(begin)}, and most rows have {len(rows[0])}"
        raise DataError(what, where=f"{path}:1", instead="a name for each column")


def _fields(row: Sequence[str]) -> str:
    return f"{len(row)} field{'s' * (len(row) > 1)}"


def lost_of(names: Sequence[str | None]) -> tuple[str, ...]:
    """The names that no recipe can say, with the reason. The index that pandas writes has none."""
    odd = [name for name in names if name and not sayable(name)]
    return tuple(f"the name {name[:50]!r} is too long, or can't be shown in a line" for name in odd)


def sayable(name: str) -> bool:
    """Whether a recipe can say it."""
    return name.isprintable() and 0 < len(name) <= 200
