"""The modules behind `feature`: one for each type of column, and their sum."""

from __future__ import annotations

import numpy as np
import polars as pl
import torch
from torch import nn
from torch.nn import functional

from recbox.data import Column
from recbox.plugin.init import normal

MISSING = "\0"
"""Stands for a missing category: no text that a source reads holds this character."""


class FeatureSum(nn.Module):
    """`e_i = Σ_c f_c(x_ic)`: the columns' vectors added up; a missing value adds its column's own vector."""

    def __init__(
        self, table: pl.DataFrame, columns: list[Column], dim: int, std: float, generator: torch.Generator
    ) -> None:
        super().__init__()
        kinds = {"categorical": _categorical, "multi": _multi, "numeric": Numeric}
        self.columns = nn.ModuleList(kinds[c.type](table[c.name], dim, std, generator) for c in columns)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return sum(column(nodes) for column in self.columns)


def _categorical(values: pl.Series, dim: int, std: float, generator: torch.Generator) -> Bag:
    lists = values.cast(pl.String).to_frame("v").select(pl.concat_list("v")).to_series()
    return Bag(lists, dim, std, generator)


def _multi(values: pl.Series, dim: int, std: float, generator: torch.Generator) -> Bag:
    return Bag(values.cast(pl.List(pl.String)), dim, std, generator)


class Bag(nn.Module):
    """The mean of the vectors of a node's categories. Category 0 stands for a missing or empty list."""

    def __init__(self, lists: pl.Series, dim: int, std: float, generator: torch.Generator) -> None:
        super().__init__()
        filled = pl.when(pl.col("v").list.len() > 0).then("v").otherwise(pl.lit([MISSING]))
        rows = lists.to_frame("v").with_row_index("row").with_columns(filled).explode("v")
        rows = rows.with_columns(pl.col("v").fill_null(MISSING))
        names = sorted(set(rows["v"].unique().to_list()) - {MISSING})
        code = {MISSING: 0} | {name: i for i, name in enumerate(names, 1)}
        indices = rows["v"].replace_strict(code, return_dtype=pl.Int64).to_numpy()
        counts = np.bincount(rows["row"].to_numpy(), minlength=len(lists))
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.register_buffer("indices", torch.tensor(indices), persistent=False)
        self.register_buffer("indptr", torch.tensor(indptr), persistent=False)
        self.weight = normal(len(code), dim, std, generator)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        start = self.indptr[nodes]
        length = self.indptr[nodes + 1] - start
        offset = torch.cumsum(length, 0) - length
        ragged = torch.arange(int(length.sum()), device=nodes.device) + torch.repeat_interleave(
            start - offset, length
        )
        return functional.embedding_bag(self.indices[ragged], self.weight, offset, mode="mean")


class Numeric(nn.Module):
    """`z · a + b` for a value standardised over all nodes, `m` for a missing one."""

    def __init__(self, values: pl.Series, dim: int, std: float, generator: torch.Generator) -> None:
        super().__init__()
        x = values.cast(pl.Float64).fill_nan(None)
        spread = x.std() or 1.0
        z = ((x - (x.mean() or 0.0)) / spread).fill_null(0.0).to_numpy()
        missing = x.is_null().to_numpy()
        design = np.stack([z, ~missing, missing], axis=1).astype(np.float32)
        self.register_buffer("design", torch.tensor(design), persistent=False)
        self.weight = normal(3, dim, std, generator)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.design[nodes] @ self.weight
