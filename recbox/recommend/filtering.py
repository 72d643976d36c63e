"""Which items may stand in lists, of all that there are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from recbox.data import Nodes
from recbox.errors import OptionError
from recbox.recommend.lookup import find_some, find_users
from recbox.recommend.subject import Subject
from recbox.recommend.where import condition


@dataclass(frozen=True)
class Filter:
    """What lists are to be like. only: ids of the items that may stand in them; exclude: of those that may
    not, among which unknown ones do no harm; where: a condition on the items' columns. seen: items that a
    user has may stand there too. diversity: from 0, where the best scores are taken, to 1, where only the
    first is, and then what is least like those before."""

    only: object = None
    exclude: object = None
    where: str = ""
    seen: bool = False
    diversity: float = 0.0

    def __post_init__(self) -> None:
        number = isinstance(self.diversity, int | float) and not isinstance(self.diversity, bool)
        if not number or not 0 <= self.diversity <= 1:
            raise OptionError(f"diversity is {self.diversity!r}, which is not from 0 to 1")
        if not isinstance(self.where, str):
            raise OptionError(
                f"where is {self.where!r}, which is no text", instead="as in where='price < 20'"
            )
        if not isinstance(self.seen, bool | np.bool_):
            raise OptionError(f"seen is {self.seen!r}, which is neither True nor False")

    def narrowed(self, subject: Subject, known: Nodes, new: pl.DataFrame | None) -> Subject:
        """The subject with what may not be shown closed. known: items with their columns; new: new items. An
        `OptionError` for ids that aren't there, for a condition that is none, and where no item is left."""
        closed = np.zeros(len(subject.items), bool)
        if self.only is not None:
            closed[:] = True
            closed[find_users(subject.items, self.only, "item")] = False
        if self.exclude is not None:
            closed[find_some(subject.items, self.exclude)] = True
        if self.where:
            closed |= ~self._fitting(known, new)
        if closed.all():
            raise OptionError("no item is left to recommend", instead="a wider --where, --only or --exclude")
        seen = subject.seen.where(np.zeros(len(subject.items), bool)) if self.seen else subject.seen
        return replace(subject, closed=closed if closed.any() else None, seen=seen)

    def _fitting(self, known: Nodes, new: pl.DataFrame | None) -> np.ndarray:
        """bool `[items]`: those of which the condition is true."""
        columns = {column.name: column for column in known.columns}
        wanted = condition(self.where, columns)
        tables = [known.table.select(*columns)]
        if new is not None:  # an empty list is missing there too
            lists = [pl.col(name) for name, column in columns.items() if column.type == "multi"]
            tables.append(new.select(*columns).with_columns(pl.when(c.list.len() > 0).then(c) for c in lists))
        fits = pl.concat(tables).select(wanted.fill_null(value=False).alias("fits"))["fits"]
        return fits.to_numpy()


EVERYTHING = Filter()
"""Nothing is left out but what a user has."""
