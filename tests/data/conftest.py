"""Small tables written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from recbox.data import Dataset, Tables, assemble
from recbox.recipe.blocks import Clean


@pytest.fixture
def tables() -> Callable[..., Tables]:
    """Tables of (user, item, weight, time) rows; further columns and fields by name."""

    def build(rows: list[tuple[Any, ...]], *, timed: bool = True, part: Any = None, **fields: Any) -> Tables:
        names = ["user", "item", "weight", "time"][: 4 if timed else 3]
        frame = pl.DataFrame([row[: len(names)] for row in rows], schema=names, orient="row")
        if not rows:
            frame = frame.cast({"user": pl.Int64, "item": pl.Int64, "weight": pl.Float64})
        frame = frame.with_columns(pl.col("weight").cast(pl.Float64))
        if timed:
            frame = frame.with_columns(pl.col("time").cast(pl.Int64))
        if part is not None:
            frame = frame.with_columns(pl.Series("part", part, pl.String))
        frame = frame.with_columns(file=pl.lit("a.csv"), line=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
        return Tables(**{"name": "t", "interaction": frame, "rows": frame.height, **fields})

    return build


@pytest.fixture
def dataset(tables: Callable[..., Tables]) -> Callable[..., Dataset]:
    """The same, assembled."""

    def build(rows: list[tuple[Any, ...]], **fields: Any) -> Dataset:
        return assemble(tables(rows, **fields), Clean())

    return build
