"""Frames of lists put together, as the table that somebody works with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, get_args

import polars as pl

from recbox.errors import OptionError, nearest

As = Literal["polars", "pandas", "numpy"]
"""A frame, or a dict of arrays by column."""


def gathered(frames: Iterable[pl.DataFrame], to: As) -> Any:
    """The frames one below the other. An `OptionError` for another form, and for pandas where it isn't
    installed, before anything is computed."""
    if to not in get_args(As):
        raise OptionError(f"there is no table {to!r}", instead=nearest(str(to), list(get_args(As))))
    form = _pandas() if to == "pandas" else dict
    frame = pl.concat(frames)
    return frame if to == "polars" else form({column.name: column.to_numpy() for column in frame})


def _pandas() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise OptionError("pandas isn't installed", instead="pip install pandas, or to='polars'") from error
    return pandas.DataFrame
