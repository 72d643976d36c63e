"""The modules behind `feature`: one for each type of column, and their sum."""

from __future__ import annotations

import numpy as np
import polars as pl
import torch
from torch import nn
from torch.nn import functional

from recbox.data import Column
from recbox.kernel import places
from recbox.plugin.init import normal, take_rows

MISSING = "\0"
"""Stands for a missing category: no text that a source reads holds this character."""


class FeatureSum(nn.Module):
    """`e_i = Σ_c f_c(x_ic)`: the columns' vectors added up; a missing value adds its column's own vector."""

    def __init__(
        self, table: pl.DataFrame, columns: list[Column], dim: int, std: float, generator: torch.Generator
    ) -> None:
        super().__init__()
        kinds = {"categorical": _categorical, "multi": _multi, "numeric": Numeric}
        self.names = [c.name for c in columns]
        self.columns = nn.ModuleList(kinds[c.type](table[c.name], dim, std, generator) for c in columns)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return sum(column(nodes) for column in self.columns)

    def fresh(self, table: pl.DataFrame) -> torch.Tensor:
        """float `[n, dim]`: rows of nodes that aren't among those that it was made for."""
        unknown = pl.Series([None] * table.height)
        values = [table[name] if name in table.columns else unknown for name in self.names]
        return sum(column.fresh(one) for column, one in zip(self.columns, values, strict=True))


def _categorical(values: pl.Series, dim: int, std: float, generator: torch.Generator) -> Bag:
    return Bag(_alone(values), dim, std, generator)


def _alone(values: pl.Series) -> pl.Series:
    """Each category as a list of one."""
    return values.cast(pl.String).to_frame("v").select(pl.concat_list("v")).to_series()


def _multi(values: pl.Series, dim: int, std: float, generator: torch.Generator) -> Bag:
    return Bag(values.cast(pl.List(pl.String)), dim, std, generator)


class Bag(nn.Module):
    """The mean of the vectors of a node's categories. Category 0 stands for a missing or empty list."""

    def __init__(self, lists: pl.Series, dim: int, std: float, generator: torch.Generator) -> None:
        super().__init__()
        rows = _exploded(lists)
        names = sorted(set(rows["v"].unique().to_list()) - {MISSING})
        self.code = {MISSING: 0} | {name: i for i, name in enumerate(names, 1)}
        indices, indptr = self._coded(rows, len(lists))
        self.register_buffer("indices", indices, persistent=False)
        self.register_buffer("indptr", indptr, persistent=False)
        self.weight = normal(len(self.code), dim, std, generator)

    def _coded(self, rows: pl.DataFrame, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """int64: the categories of all nodes one after the other, and where each node's begin."""
        indices = rows["v"].replace_strict(self.code, return_dtype=pl.Int64).to_numpy()
        counts = np.bincount(rows["row"].to_numpy(), minlength=count)
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return torch.tensor(indices), torch.tensor(indptr)

    def adopt(self, old: Bag, rows: np.ndarray) -> bool:
        """Take the vectors of the categories that `old` had too."""
        if old.weight.shape[1:] != self.weight.shape[1:]:
            return False
        at = np.array([old.code.get(name, -1) for name in self.code])
        take_rows(self.weight, old.weight, at)
        return True

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        start = self.indptr[nodes]
        length = self.indptr[nodes + 1] - start
        offset = torch.cumsum(length, 0) - length
        return functional.embedding_bag(self.indices[places(start, length)], self.weight, offset, mode="mean")

    def fresh(self, values: pl.Series) -> torch.Tensor:
        """float `[n, dim]`: of lists, or of single categories; unknown ones are left out."""
        lists = values.cast(pl.List(pl.String)) if isinstance(values.dtype, pl.List) else _alone(values)
        known = pl.col("v").list.eval(pl.element().filter(pl.element().is_in(list(self.code))))
        rows = _exploded(lists.to_frame("v").select(known).to_series())
        indices, indptr = (part.to(self.weight.device) for part in self._coded(rows, len(lists)))
        return functional.embedding_bag(indices, self.weight, indptr[:-1], mode="mean")


def _exploded(lists: pl.Series) -> pl.DataFrame:
    """A row for each node and category, `MISSING` where a node has none."""
    filled = pl.when(pl.col("v").list.len() > 0).then("v").otherwise(pl.lit([MISSING]))
    rows = lists.to_frame("v").with_row_index("row").with_columns(filled).explode("v")
    return rows.with_columns(pl.col("v").fill_null(MISSING))


class Numeric(nn.Module):
    """`z · a + b` for a value standardised over all nodes, `m` for a missing one."""

    def __init__(self, values: pl.Series, dim: int, std: float, generator: torch.Generator) -> None:
        super().__init__()
        x = values.cast(pl.Float64).fill_nan(None)
        self.spread, self.mean = x.std() or 1.0, x.mean() or 0.0
        self.register_buffer("design", self._design(x), persistent=False)
        self.weight = normal(3, dim, std, generator)

    def _design(self, x: pl.Series) -> torch.Tensor:
        z = ((x - self.mean) / self.spread).fill_null(0.0).to_numpy()
        missing = x.is_null().to_numpy()
        return torch.tensor(np.stack([z, ~missing, missing], axis=1).astype(np.float32))

    def adopt(self, old: Numeric, rows: np.ndarray) -> bool:
        """Make of each value what `old` made of it: with `z = (s' z' + m' - m) / s`, `z a + b` is
        `z' (s'/s) a + (b + (m' - m)/s a)`."""
        if old.weight.shape != self.weight.shape:
            return False
        slope, value, missing = old.weight.unbind(0)
        shifted = value + (self.mean - old.mean) / old.spread * slope
        self.weight.copy_(torch.stack([self.spread / old.spread * slope, shifted, missing]))
        return True

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.design[nodes] @ self.weight

    def fresh(self, values: pl.Series) -> torch.Tensor:
        """float `[n, dim]`: of values in the unit of those that it was made for; absurd ones are missing."""
        x = values.cast(pl.Float64)
        sound = pl.col("x").is_finite() & (((pl.col("x") - self.mean) / self.spread).abs() < 1e9)
        finite = x.to_frame("x").select(pl.when(sound).then("x")).to_series()
        return self._design(finite).to(self.weight.device) @ self.weight
