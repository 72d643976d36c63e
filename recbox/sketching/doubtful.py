"""Ids that may not be what they seem: told, and left as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from recbox.data import Dataset

NOBODY = {
    "null", "(null)", "none", "nan", "na", "n/a", "nil", "undefined", "unknown", "anonymous", "guest",
    "-", "--", "?", "\\n",
}  # fmt: skip
"""In small letters, what stands where somebody isn't known."""


def doubtful(data: Dataset, each: np.ndarray) -> Iterator[str]:
    """In a line each. each: int `[users]`, interactions of each user."""
    ids = data.user.ids
    if ids.dtype == pl.String:
        for at in ids.str.strip_chars().str.to_lowercase().is_in(list(NOBODY)).arg_true():
            if each[at]:
                yield f"{ids[at]!r} has {each[at] / each.sum():.1%} of all interactions: is it anybody?"
    for node in ("user", "item"):
        yield from _alike(data.nodes(node).ids, node)


def _alike(ids: pl.Series, node: str) -> Iterator[str]:
    """Ids that differ in blanks around them, or in zeros before them."""
    if ids.dtype != pl.String:
        return
    plain = ids.str.strip_chars().str.strip_chars_start("0")
    again = pl.DataFrame({"id": ids, "plain": plain}).filter(pl.col("plain").is_duplicated())
    if again.height:
        first = again.sort("plain", "id")["id"][:2].to_list()
        count = again.height - again["plain"].n_unique()
        more = f", and {count - 1:,} more like these" if count > 1 else ""
        yield f"{first[0]!r} and {first[1]!r} are two {node}s{more}: the file writes ids in two ways"
