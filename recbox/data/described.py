"""What nodes are like, as vectors to compare: categories, lists of categories and numbers side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from recbox.data.columns import Column
from recbox.data.dataset import Nodes
from recbox.errors import DataError, nearest

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


def described(nodes: Nodes, columns: Sequence[str], where: str = "") -> csr_matrix:
    """float32 `[n, w]`: a row of length 1 for each node, of zeros where all of its columns are missing.

    The inner product of two rows is the mean of what columns say, over the columns that are known of both:
    1 for the same category and 0 for another; the cosine of two lists; for numbers `cos(π/2 · |r - r'|)`, r
    being the share of the others that are smaller, so that it falls from 1 to 0 between the two ends. Where
    columns are missing the sum over the shared ones is divided by the root of the product of how many are
    known of each, so that what isn't known speaks against nobody and for nobody.

    columns: none named: every categorical, numeric and multi one. A `DataError` for one that can't be
    compared, or isn't there.
    """
    from scipy.sparse import csr_matrix, diags_array, hstack

    blocks = [BLOCK[column.type](nodes.table[column.name]) for column in _chosen(nodes, columns, where)]
    whole = hstack(blocks, format="csr")
    length = np.sqrt(np.asarray(whole.multiply(whole).sum(axis=1)).ravel())
    return csr_matrix(diags_array(1 / np.where(length > 0, length, 1)) @ whole, dtype=np.float32)


def _chosen(nodes: Nodes, columns: Sequence[str], where: str) -> list[Column]:
    usable = {column.name: column for column in nodes.columns if column.type in BLOCK}
    for name in columns:
        if name not in usable:
            instead = nearest(name, list(usable)) or f"one of {', '.join(usable)}"
            raise DataError(f"the column {name!r} can't be compared", where=where, instead=instead)
    if not usable:
        raise DataError("the data has no columns to compare", where=where)
    return [usable[name] for name in columns or usable]


def _categorical(values: pl.Series) -> csr_matrix:
    lists = values.cast(pl.String).to_frame("v").select(pl.concat_list("v")).to_series()
    return _multi(lists)


def _multi(values: pl.Series) -> csr_matrix:
    """A column for each category; a node's row has length 1, however many categories it has."""
    lists = values.cast(pl.List(pl.String)).to_frame("v").with_row_index("row")
    rows = lists.explode("v").filter(pl.col("v").is_not_null() & (pl.col("v") != "")).unique()
    rows = rows.with_columns(pl.col("v").rank("dense").alias("code"), pl.len().over("row").alias("many"))
    one = 1 / np.sqrt(rows["many"].to_numpy())
    return _sparse(one, rows["row"].to_numpy(), rows["code"].to_numpy() - 1, len(values))


def _numeric(values: pl.Series) -> csr_matrix:
    """Two columns: the point on a quarter of a circle that is as far along as the number's rank."""
    x = values.cast(pl.Float64).fill_nan(None).to_frame("v").with_row_index("row").drop_nulls()
    rank = x["v"].rank("average").to_numpy() - 1
    angle = np.pi / 2 * rank / max(len(x) - 1, 1)
    row = x["row"].to_numpy()
    both = np.concatenate([np.cos(angle), np.sin(angle)])
    return _sparse(both, np.tile(row, 2), np.repeat([0, 1], len(row)), len(values))


def _sparse(value: np.ndarray, row: np.ndarray, column: np.ndarray, rows: int) -> csr_matrix:
    from scipy.sparse import csr_matrix

    width = int(column.max(initial=0)) + 1
    return csr_matrix((value, (row.astype(np.int64), column.astype(np.int64))), shape=(rows, width))


BLOCK: dict[str, Callable[[pl.Series], csr_matrix]] = {
    "categorical": _categorical,
    "multi": _multi,
    "numeric": _numeric,
}
