"""A data set with dense ids: what everything after the sources works on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal, TypeVar

import numpy as np
import polars as pl

from recbox.data.columns import Column
from recbox.data.ordering import feed, order_of
from recbox.scratch import MEMORY, Scratch

T = TypeVar("T", "Interactions", "Relation")


@dataclass(frozen=True)
class Nodes:
    """Users or items: inner id i is row i. Inner ids follow the external ids in ascending order, as integers
    where all are, so that a tie broken by inner id is broken by external id. Those that an update added stand
    behind the others, in their own order."""

    table: pl.DataFrame
    """Column `id` (String or Int64, as given) and the feature columns."""
    columns: tuple[Column, ...] = ()

    def __len__(self) -> int:
        return self.table.height

    @property
    def ids(self) -> pl.Series:
        return self.table["id"]

    def column(self, role: str) -> str | None:
        """The name of the first column of a role, such as `title`."""
        return next((c.name for c in self.columns if c.role == role), None)

    def about(self, rows: np.ndarray) -> pl.DataFrame | None:
        """The feature columns of these nodes; None where there are none."""
        return self.table[rows].drop("id") if self.columns else None


NONE = Nodes(pl.DataFrame(schema={"id": pl.String}))
"""No nodes at all."""


def _arrays(of: Interactions | Relation) -> dict[str, np.ndarray]:
    """The arrays that are there, by name."""
    values = {each.name: getattr(of, each.name) for each in fields(of)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


def _taken(of: T, rows: np.ndarray) -> T:
    taken: dict[str, Any] = {name: of.scratch.lay(array[rows]) for name, array in _arrays(of).items()}
    return replace(of, **taken)


@dataclass(frozen=True)
class Interactions:
    """Who did what with which item: arrays of one length. user, item: int64 inner ids; weight: float32, 1
    where the data has none; time: int64 Unix seconds; behaviour: int8 index into `Dataset.behaviours`; part:
    int8, 0 train, 1 valid, 2 test, as given by the data. scratch: where what is made of them lies."""

    user: np.ndarray
    item: np.ndarray
    weight: np.ndarray
    time: np.ndarray | None = None
    behaviour: np.ndarray | None = None
    part: np.ndarray | None = None
    scratch: Scratch = MEMORY

    def __len__(self) -> int:
        return len(self.user)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the arrays that are there."""
        return tuple(_arrays(self))

    def take(self, rows: np.ndarray) -> Interactions:
        """The given rows, in the given order."""
        return _taken(self, rows)

    def by(self, node: Literal["user", "item"], count: int) -> tuple[np.ndarray, np.ndarray]:
        """(indptr, order): node n's rows, the newest last, are `order[indptr[n]:indptr[n + 1]]`; as they came
        where there are no times, or these are the same. count: nodes there are."""
        own = self.user if node == "user" else self.item
        order = order_of(own) if self.time is None else order_of(own, self.time)
        return np.concatenate([[0], np.cumsum(np.bincount(own, minlength=count))]), order


@dataclass(frozen=True)
class Relation:
    """Typed links between nodes: int64 inner ids of the two ends, and weights. Of a behaviour, time and part
    too, as interactions have them, and scratch, where what is made of them lies."""

    ends: tuple[str, str]
    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    time: np.ndarray | None = None
    part: np.ndarray | None = None
    scratch: Scratch = MEMORY

    def take(self, rows: np.ndarray) -> Relation:
        """The given links, in the given order."""
        return _taken(self, rows)


@dataclass(frozen=True)
class Knowledge:
    """Triples, each once: head, relation, tail, int64 `[n]` each. A node is the inner id of an item, or the
    number of items plus that of an entity. relations: their names, by number."""

    head: np.ndarray
    relation: np.ndarray
    tail: np.ndarray
    relations: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.head)


@dataclass(frozen=True)
class Dataset:
    """Users, items, interactions and relations, and where the data has a knowledge graph, its triples and the
    entities that are no items; `facts` are counts for people: rows read, bad, merged, ...

    Where `data.target` names a behaviour, interactions are of that one alone, and each other one is a
    relation of users and items, by its name.

    Stability: stable for callers.
    """

    name: str
    user: Nodes
    item: Nodes
    interaction: Interactions
    relation: dict[str, Relation] = field(default_factory=dict)
    entity: Nodes = NONE
    knowledge: Knowledge | None = None
    behaviours: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    synthetic: bool = False
    origin: str = ""

    def nodes(self, type: str) -> Nodes:
        """`user`, `item` or `entity`."""
        return {"user": self.user, "item": self.item, "entity": self.entity}[type]

    def take(self, rows: np.ndarray) -> Dataset:
        """The same users, items, relations and knowledge, with the given interactions alone."""
        return replace(self, interaction=self.interaction.take(rows))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over ids and interactions, whatever the order of rows; texts and features are not in it."""
        digest = hashlib.sha256()
        for nodes in (self.user, self.item):
            digest.update("\x1f".join(map(str, nodes.ids.to_list())).encode() + b"\x1e")
        x = self.interaction
        arrays = [a for a in (x.user, x.item, x.time, x.behaviour, x.part, x.weight) if a is not None]
        order = order_of(*arrays)
        for array in arrays:
            digest.update(array.dtype.str.encode())
            feed(digest.update, array, order, array.dtype.str)
        return digest.hexdigest()
