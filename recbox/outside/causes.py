"""Why a ranking may do worse than popularity: what its file shows, and what no file shows."""

from __future__ import annotations

from recbox.outside.oddities import Oddities
from recbox.outside.pointing import PairOddities

MUCH = 0.1
"""The share of rows or users from which an oddity may be the cause."""
UNSEEN = (
    "scores of which less is better (the file is ranked by the highest)",
    "ids that mean other users or items (another tool's inner ids)",
    "training on another split",
)
"""What can't be told from the file."""


def causes(found: Oddities | PairOddities) -> list[str]:
    """The oddities that are large enough first, in figures, then what can't be told."""
    told = []
    unknown = (found.unknown_user + found.unknown_item) / max(found.rows, 1)
    if unknown >= MUCH:
        told.append(f"ids that the data don't have ({unknown:.0%} of the rows)".replace("%", " %"))
    return [*told, *(_of_lists(found) if isinstance(found, Oddities) else ()), *UNSEEN]


def _of_lists(found: Oddities) -> list[str]:
    told = []
    silent = found.users_absent + found.users_empty
    if silent >= MUCH * found.users:
        told.append(f"{silent:,} of {found.users:,} judged users without an item that counts")
    if found.users_short >= MUCH * found.users:
        masked = ", after what they had before was masked" if found.seen else ""
        told.append(
            f"lists cut off too early ({found.users_short:,} users have fewer than {found.k}{masked})"
        )
    if found.tied >= MUCH * max(found.ranked, 1):
        told.append(f"scores that are equal ({found.tied:,} of {found.ranked:,} places decided by the id)")
    return told
