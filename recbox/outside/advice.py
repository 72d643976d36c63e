"""What may be the matter with a ranking of which nothing fits the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from recbox.errors import DataError
from recbox.outside.matching import SHOWN, inner_ids

if TYPE_CHECKING:
    from recbox.data import Dataset


def fits_nothing(where: str, rows: pl.DataFrame, dataset: Dataset, kind: str) -> DataError:
    """The error for a file in which no user, or no item of a known user, fits. rows: some of them."""
    ids = dataset.nodes(kind).ids
    rows = rows.filter(inner_ids(rows[kind], ids) < 0)
    theirs, ours = (", ".join(repr(str(i)[:40]) for i in s.head(SHOWN).to_list()) for s in (rows[kind], ids))
    return DataError(
        f"the data knows no {kind} of this ranking",
        where=where,
        why=f"its {kind}s are such as {theirs}; the data's are such as {ours}",
        instead=_advice(rows, dataset, kind),
    )


def _advice(rows: pl.DataFrame, dataset: Dataset, kind: str) -> str:
    ids, text = dataset.nodes(kind).ids, rows[kind].cast(pl.String)
    swapped = [inner_ids(rows["user"], dataset.item.ids), inner_ids(rows["item"], dataset.user.ids)]
    if len(rows) and all((found >= 0).mean() > 0.5 for found in swapped):
        return "users and items seem to be swapped: --columns user=ITEM_COLUMN,item=USER_COLUMN"
    for change, said in (
        (text.str.strip_suffix(".0"), "they were written as decimals (196.0): make them whole numbers first"),
        (text.str.strip_chars(), "there is white space around them: strip it"),
        (text.str.strip_chars_start("0"), "they have leading zeros, which the data's have not"),
    ):
        if (inner_ids(change, ids) >= 0).any():
            return said
    numbers = "whole numbers" if ids.dtype.is_integer() else "text"
    return (
        f"write the ids of the data, which are {numbers}, not another tool's inner ones "
        "(`recbox data export` writes the split with its ids)"
    )
