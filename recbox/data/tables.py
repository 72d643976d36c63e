"""What a source reads: frames with the external ids as given, and every row that could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from recbox.data.columns import Column


@dataclass(frozen=True)
class BadRow:
    """A row that could not be read: its file, 1-based line, and the reason.

    Stability: stable for callers.
    """

    file: str
    line: int
    reason: str


@dataclass(frozen=True)
class Triples:
    """A knowledge graph as read; ids as text.

    triple: columns `head`, `relation`, `tail`. link: columns `item` and `entity`, an entity once at most: the
    entity is that item. None: heads and tails that are called like an item are that item.

    Stability: stable for callers.
    """

    triple: pl.DataFrame
    link: pl.DataFrame | None = None


@dataclass(frozen=True)
class Tables:
    """A data set as read, before cleaning.

    interaction: columns `user` and `item` (both String or Int64), and where the data has them `weight`
    (Float64), `time` (Int64, Unix seconds), `behaviour` (String), `part` (String: train, valid, test), and
    `file` (String), `line` (Int64) for messages. No nulls in `user` and `item`.
    user, item: a column `id` of the same type, one row an id, and the feature columns that `columns` names:
    String for categorical and text, Float64 for numeric, List(String) for multi; nulls are missing values.
    relation: by name, frames with `source`, `target` and perhaps `weight`; `ends` names their node types.
    knowledge: triples, where the data has them and was asked for them.
    bad: the rows left out, at most `MAX_BAD` of them spelled out; `bad_count` counts all.

    Stability: stable for callers.
    """

    name: str
    interaction: pl.DataFrame
    user: pl.DataFrame | None = None
    item: pl.DataFrame | None = None
    columns: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    """By node type, `user` and `item`."""
    relation: dict[str, pl.DataFrame] = field(default_factory=dict)
    ends: dict[str, tuple[str, str]] = field(default_factory=dict)
    knowledge: Triples | None = None
    bad: tuple[BadRow, ...] = ()
    bad_count: int = 0
    rows: int = 0
    """Interaction rows in the input, good and bad."""
    synthetic: bool = False
    origin: str = ""
    """Where it was found: a folder, a URL, or how it was made."""


MAX_WORD = 1000
"""Characters of the longest name of a behaviour or a relation, which an artifact's manifest holds."""
MAX_WORDS = 1 << 20
"""Bytes of the names of all relations of a knowledge graph."""
MAX_BAD = 100
