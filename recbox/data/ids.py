"""External ids to dense ones."""

from __future__ import annotations

import numpy as np
import polars as pl


def codes(ids: pl.Series) -> tuple[pl.Series, np.ndarray]:
    """The different ids in ascending order (integers as integers, strings by code point), and for each row
    the position of its id among them."""
    different = ids.unique().sort()
    if different.dtype == pl.String:
        position = ids.cast(pl.Enum(different)).to_physical().to_numpy()
    else:
        position = np.searchsorted(different.to_numpy(), ids.to_numpy())
    return different, position.astype(np.int64)


def position(values: pl.Series, ids: pl.Series) -> np.ndarray:
    """Inner ids of `values`; -1 for those that are not among `ids`."""
    at = pl.DataFrame({"id": ids, "at": np.arange(len(ids))})
    found = values.alias("id").to_frame().join(at, on="id", how="left", maintain_order="left")["at"]
    return found.fill_null(-1).to_numpy().astype(np.int64)
