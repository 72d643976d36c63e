"""The items as they are now: those of the artifact, and what was said of items since."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import torch

from recbox.errors import RecboxError
from recbox.kernel import inner
from recbox.plugin import NewItems
from recbox.recommend.likeness import cosines
from recbox.recommend.values import frame_of, readable
from recbox.recommend.where import condition
from recbox.serve.columns import changed
from recbox.serve.version import Recent, Version
from recbox.store import ItemRow

if TYPE_CHECKING:
    from recbox.api.load import Fitted
    from recbox.plugin import Scorer
    from recbox.serve.person import Person

CONDITIONS = 256
"""Conditions whose items are kept: a byte for each item and condition."""
FEW = 100
PART = 2**13
"""Items that are scored in float64 at a time."""
PEOPLE = 10_000
"""Users with events whose vectors are kept."""


class Catalogue:
    """Known items first, new ones after them. revision: of the store, when this was made. closed: bool `[n]`,
    items that aren't available. people: those with events, by id and last event. left: how much of what the
    store says is left out, by column, `id` and `item`: a version before may have had other columns."""

    def __init__(self, version: Version, rows: Sequence[ItemRow], revision: int) -> None:
        self.version, self.revision = version, revision
        rows, self.left = _readable(version, rows)
        place = version.items.find_all([row.id for row in rows])
        self.known = [(int(at), row) for at, row in zip(place, rows) if at >= 0]
        new = [row for at, row in zip(place, rows) if at < 0]
        self.fresh = Fresh.of(version, new)
        if len(self.fresh) < len(new):
            self.left["item"] = len(new) - len(self.fresh)
        count = len(version.items)
        self.closed = torch.zeros(count + len(self.fresh), dtype=torch.bool)
        self.closed[[at for at, row in self.known if not row.available]] = True
        self.closed[[count + i for i, row in enumerate(self.fresh.rows) if not row.available]] = True
        self.any_closed = bool(self.closed.any())
        self.ids = (
            pl.concat([version.items.ids, self.fresh.table["id"]]) if len(self.fresh) else (version.items.ids)
        )
        self.people: Recent[Person] = Recent(PEOPLE)
        self._tables: Recent[pl.DataFrame] = Recent(4)
        self._masks: Recent[torch.Tensor] = Recent(CONDITIONS)
        self._counted: Recent[tuple[float, np.ndarray | None]] = Recent(CONDITIONS)

    def __len__(self) -> int:
        return len(self.closed)

    def find(self, id: str) -> int:
        """The inner id of an item; -1 where there is none."""
        at = self.version.items.find(id)
        return at if at >= 0 else self.fresh.place.get(id, -1)

    def find_all(self, ids: Sequence[str]) -> np.ndarray:
        """int64: the inner id of each, -1 where there is none."""
        found = self.version.items.find_all(list(ids))
        if len(self.fresh):
            for at in np.flatnonzero(found < 0).tolist():
                found[at] = self.fresh.place.get(ids[at], -1)
        return found

    def knows(self, where: str) -> bool:
        """Whether the condition's items are at hand."""
        return self._masks.get(where) is not None

    def fitting(self, where: str) -> torch.Tensor:
        """bool `[n]`: the items of which the condition is true. An `OptionError` for one that is none."""
        return self._masks.made(where, lambda: self._fitting(where))

    def seldom(self, where: str, one_in: int) -> tuple[float, np.ndarray | None]:
        """Of how large a share of the items the condition is true; and which they are, where they are less
        than one in so many."""
        return self._counted.made(where, lambda: _counted(self.fitting(where), one_in))

    def _fitting(self, where: str) -> torch.Tensor:
        columns = {column.name: column for column in self.version.artifact.item.columns}
        wanted = condition(where, columns).fill_null(value=False)
        return torch.from_numpy(self.table.select(wanted.alias("fits"))["fits"].to_numpy().copy())

    def scores(self, vector: torch.Tensor, items: np.ndarray) -> np.ndarray:
        """float32 `[m]`: the inner products of a vector with those of items, as float64 has them."""
        vectors, fresh = self.version.vectors, self.fresh.vectors
        assert vectors is not None  # noqa: S101
        known = items < len(vectors[1])
        found = np.empty(len(items), np.float32)
        for own, here, before in ((vectors[1], known, 0), (fresh, ~known, len(vectors[1]))):
            if own is not None and here.any():
                found[here] = _products(own, items[here] - before, vector)
        return found

    @cached_property
    def table(self) -> pl.DataFrame:
        """A row of columns for each item."""
        nodes = self.version.artifact.item
        names = [column.name for column in nodes.columns]
        said = changed(nodes, [(at, row.columns) for at, row in self.known if row.columns])
        known = nodes.table.select(names) if said is None else said
        return pl.concat([known, self.fresh.table.select(names)]) if len(self.fresh) else known

    @cached_property
    def fitted(self) -> Fitted:
        """The artifact, with the new items."""
        return self.version.fitted.with_items(self.fresh.table) if len(self.fresh) else self.version.fitted

    @cached_property
    def alike(self) -> torch.Tensor | None:
        """Vectors of items of length 1, whose products are cosines; None where there are none."""
        vectors, fresh = self.version.vectors, self.fresh.vectors
        if vectors is None:
            return None
        return cosines(vectors[0], vectors[1] if fresh is None else torch.cat([vectors[1], fresh]))

    @cached_property
    def titles(self) -> pl.Series | None:
        name = self.version.artifact.item.column("title")
        return None if name is None else self.table[name].cast(pl.String)

    def kept(self, name: str, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """What is made of these items once, by name."""
        return self._tables.made(name, make)

    def named(self, items: np.ndarray) -> tuple[list[Any], list[str | None]]:
        """Ids and titles of some items."""
        titles = self.titles
        return _at(self.ids, items), [None] * len(items) if titles is None else _at(titles, items)


def _readable(version: Version, rows: Sequence[ItemRow]) -> tuple[list[ItemRow], dict[str, int]]:
    """The rows without what this version can't read; and how much that is, by column."""
    kept, left = readable(version.artifact.item, [(row.id, row.columns) for row in rows])
    shown = {row.id: row.available for row in rows}
    return [ItemRow(id, dict(said), shown[id]) for id, said in kept], left


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
            self.vectors = _encoded(version, rows, table)
        elif rows:
            self.scorer = version.scorer.with_items(table)

    @classmethod
    def of(cls, version: Version, rows: Sequence[ItemRow]) -> Fresh:
        """Of those rows that this version can score."""
        kept = rows
        try:
            found = cls.made(version, rows)
        except RecboxError:
            kept = [row for row in rows if _fits(version, row)]
            found = cls.made(version, kept)
        there = {_key(row) for row in kept}  # vectors of items as they were said to be before go
        version.encoded = {key: vector for key, vector in dict(version.encoded).items() if key in there}
        return found

    @classmethod
    def made(cls, version: Version, rows: Sequence[ItemRow]) -> Fresh:
        """A `RecboxError` where the version can't score them, or a value is none of its column's."""
        said = [(row.id, row.columns) for row in rows]
        return cls(version, rows, frame_of(version.artifact.item, said, "item", "items"))

    def __len__(self) -> int:
        return len(self.rows)


def _counted(fits: torch.Tensor, one_in: int) -> tuple[float, np.ndarray | None]:
    count = int(fits.sum())
    few = count * one_in <= len(fits)
    return count / max(len(fits), 1), fits.nonzero().squeeze(1).numpy() if few else None


def _products(own: torch.Tensor, items: np.ndarray, vector: torch.Tensor) -> np.ndarray:
    """float32 `[m]`, a part after the other, for float64 takes room."""
    parts = (torch.from_numpy(items[at : at + PART])[None] for at in range(0, len(items), PART))
    return np.concatenate([inner(own, part, vector[None])[0].float().numpy() for part in parts])


def _fits(version: Version, row: ItemRow) -> bool:
    try:
        Fresh.made(version, [row])
    except RecboxError:
        return False
    return True


def _at(values: pl.Series, items: np.ndarray) -> list[Any]:
    """One by one for a short list: polars takes longer to begin."""
    return [values[i] for i in items.tolist()] if len(items) < FEW else values[items].to_list()


def _key(row: ItemRow) -> tuple[str, str]:
    return row.id, json.dumps(row.columns, sort_keys=True)


def _encoded(version: Version, rows: Sequence[ItemRow], table: pl.DataFrame) -> torch.Tensor:
    """`[m, d]`: vectors of new items; each is made once, for texts are slow to encode."""
    keys, known = [_key(row) for row in rows], version.encoded
    own = {key: known[key] for key in keys if key in known}
    missing = [i for i, key in enumerate(keys) if key not in own]
    if missing:
        found = version.scorer.new_items(NewItems(table[missing])).vectors()
        assert found is not None  # noqa: S101
        own.update(zip([keys[i] for i in missing], found[1].float()))
    known.update(own)
    return torch.stack([own[key] for key in keys])
