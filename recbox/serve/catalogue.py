"""The items as they are now: those of the artifact, and what was said of items since."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import torch

from recbox.errors import RecboxError
from recbox.plugin import NewItems
from recbox.recommend.where import condition
from recbox.serve.columns import changed, frame_of
from recbox.serve.version import Recent, Version

if TYPE_CHECKING:
    from recbox.plugin import Scorer
    from recbox.serve.person import Person
    from recbox.store import ItemRow

CONDITIONS = 256
"""Conditions whose items are kept: a byte for each item and condition."""
PEOPLE = 10_000
"""Users with events whose vectors are kept."""


class Catalogue:
    """Known items first, new ones after them. revision: of the store, when this was made. closed: bool `[n]`,
    items that aren't available. people: those with events, by id and last event."""

    def __init__(self, version: Version, rows: Sequence[ItemRow], revision: int) -> None:
        self.version, self.revision = version, revision
        place = version.items.find_all([row.id for row in rows])
        self.known = [(int(at), row) for at, row in zip(place, rows) if at >= 0]
        self.fresh = Fresh.of(version, [row for at, row in zip(place, rows) if at < 0])
        count = len(version.items)
        self.closed = torch.zeros(count + len(self.fresh), dtype=torch.bool)
        self.closed[[at for at, row in self.known if not row.available]] = True
        self.closed[[count + i for i, row in enumerate(self.fresh.rows) if not row.available]] = True
        self.any_closed = bool(self.closed.any())
        self.ids = (
            pl.concat([version.items.ids, self.fresh.table["id"]]) if len(self.fresh) else (version.items.ids)
        )
        self.people: Recent[Person] = Recent(PEOPLE)
        self._masks: Recent[torch.Tensor] = Recent(CONDITIONS)

    def __len__(self) -> int:
        return len(self.closed)

    def find(self, id: str) -> int:
        """The inner id of an item; -1 where there is none."""
        at = self.version.items.find(id)
        return at if at >= 0 else self.fresh.place.get(id, -1)

    def knows(self, where: str) -> bool:
        """Whether the condition's items are at hand."""
        return self._masks.get(where) is not None

    def fitting(self, where: str) -> torch.Tensor:
        """bool `[n]`: the items of which the condition is true. An `OptionError` for one that is none."""
        return self._masks.made(where, lambda: self._fitting(where))

    def _fitting(self, where: str) -> torch.Tensor:
        columns = {column.name: column for column in self.version.artifact.item.columns}
        wanted = condition(where, columns).fill_null(value=False)
        return torch.from_numpy(self.table.select(wanted.alias("fits"))["fits"].to_numpy().copy())

    @cached_property
    def table(self) -> pl.DataFrame:
        """A row of columns for each item."""
        nodes = self.version.artifact.item
        names = [column.name for column in nodes.columns]
        said = changed(nodes, [(at, row.columns) for at, row in self.known if row.columns])
        known = nodes.table.select(names) if said is None else said
        return pl.concat([known, self.fresh.table.select(names)]) if len(self.fresh) else known

    @cached_property
    def titles(self) -> pl.Series | None:
        name = self.version.artifact.item.column("title")
        return None if name is None else self.table[name].cast(pl.String)

    def named(self, items: np.ndarray) -> tuple[list[Any], list[str | None]]:
        """Ids and titles of some items."""
        titles = self.titles
        return self.ids.gather(items).to_list(), (
            [None] * len(items) if titles is None else titles.gather(items).to_list()
        )


class Fresh:
    """New items that the method scores. place: inner ids, by id. table: id and columns. vectors: `[m, d]` of
    them, where the method has vectors; where it has none, scorer is of all items, known ones first."""

    def __init__(self, version: Version, rows: Sequence[ItemRow], table: pl.DataFrame) -> None:
        self.rows, self.table = rows, table
        count = len(version.items)
        self.place = {row.id: count + i for i, row in enumerate(rows)}
        self.vectors: torch.Tensor | None = None
        self.scorer: Scorer = version.scorer
        if rows and version.vectors is not None:
            found = version.scorer.new_items(NewItems(table)).vectors()
            self.vectors = None if found is None else found[1].float().contiguous()
        elif rows:
            self.scorer = version.scorer.with_items(table)

    @classmethod
    def of(cls, version: Version, rows: Sequence[ItemRow]) -> Fresh:
        """Of the rows that this version can score; where it can't, of none of them."""
        nodes = version.artifact.item
        try:
            return cls(version, rows, frame_of(nodes, [(row.id, row.columns) for row in rows]))
        except RecboxError:
            return cls(version, [], frame_of(nodes, []))

    def __len__(self) -> int:
        return len(self.rows)
