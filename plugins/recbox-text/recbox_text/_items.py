"""Vectors of items, for closed forms: those of the data, and those of items that come later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
import polars as pl

from recbox.plugin import Context, NewItems, Spec, UnsupportedError
from recbox_text import _fixed
from recbox_text._folder import open_folder
from recbox_text.text import Text
from recbox_text.vectors import Vectors

if TYPE_CHECKING:
    from recbox.plugin import Dataset
    from recbox_text.projected import Projected

PLACE = "model"


def vectors(reader: Projected, spec: Spec) -> np.ndarray:
    """float32 [items, w]: row i is the vector of item i, of length 1 where the reader normalises."""
    return _given(reader, spec.train, len(spec.train.item), spec.context)


def _given(reader: Projected, train: Any, count: int, context: Context) -> np.ndarray:
    found = reader.vectors(Spec("item", count, 0, 0, cast("Dataset", train), None, context, PLACE))
    return _fixed.unit(found) if reader.normalise else found.astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Table:
    """New items in the place of a data set: of that, readers ask for the items' table alone."""

    table: pl.DataFrame

    @property
    def ids(self) -> pl.Series:
        return self.table["id"]

    def nodes(self, type: str) -> _Table:
        return self


@dataclass(frozen=True, eq=False)
class Origin:
    """Where the vectors of new items come from: the same text model as at the fit, or the file as it is then.

    model: SHA-256 of the text model, empty for a file. mean: float32 [w], of the items that were there.
    """

    reader: Projected
    model: str
    mean: np.ndarray
    context: Context

    @classmethod
    def of(cls, reader: Projected, found: np.ndarray, spec: Spec) -> Self:
        """At the fit. found: the vectors of the data's items."""
        given = spec.context
        context = Context(
            device=given.device,
            threads=given.threads,
            folder=given.folder,
            data_dir=given.data_dir,
            offline=True,
        )
        mean = found.mean(0, dtype=np.float64).astype(np.float32)
        return cls(reader, _digest(reader, context), mean, context)

    @classmethod
    def load(cls, reader: Projected, mean: np.ndarray, model: str) -> Self:
        """From a state. A model's folder is looked for from the working folder then."""
        return cls(reader, model, mean, Context(offline=True))

    def read(self, items: NewItems) -> np.ndarray:
        """float32 [new, w]. A `DataError` where the model isn't there; an `UnsupportedError` for another."""
        if not len(items):
            return np.zeros((0, len(self.mean)), np.float32)
        if self.model != _digest(self.reader, self.context):
            raise UnsupportedError(
                "the text model is another one than at the fit, so that new items can't be read",
                why="its files have changed since",
                instead="put the former ones back, or fit again",
            )
        reader, mean = self.reader, False
        if isinstance(reader, Vectors):
            # A new one that the file lacks stops nothing, and those that come with it say nothing of it.
            reader, mean = reader.model_copy(update={"missing": "zero"}), reader.missing == "mean"
        found = _given(reader, _Table(_filled(items.features, reader)), len(items), self.context)
        if mean:
            found[(found == 0).all(1)] = self.mean
        return found


def _filled(table: pl.DataFrame, reader: Projected) -> pl.DataFrame:
    """With a column of nulls for each that isn't there."""
    nulls = {name: pl.lit(None, pl.String) for name in reader.needs} | {"id": pl.lit(None, pl.Int64)}
    return table.with_columns(null.alias(name) for name, null in nulls.items() if name not in table.columns)


def _digest(reader: Projected, context: Context) -> str:
    return open_folder(reader.model, context, PLACE).digest if isinstance(reader, Text) else ""
