"""The kind `source`: reads a data set."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from recbox.errors import DataError
from recbox.registry.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from recbox.context import Context
    from recbox.data import Tables


@dataclass(frozen=True)
class Provides:
    """What a source has, as far as that is known without reading more than a header.

    columns: names of the feature columns of each node type, with their type: `categorical`, `numeric`,
    `multi` (a list of categories) or `text`. complete: False where only reading would tell, so that a missing
    column is no mistake yet.

    Stability: stable for callers.
    """

    edges: frozenset[str] = frozenset({"interaction"})
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    relations: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """For edge types that are relations: their names, that `graph.edge` picks one of with `by`. A type that
    is not in it has names that only reading would tell."""
    behaviours: tuple[str, ...] | None = ()
    """The names of behaviours, ascending; None: there are some, and only reading would tell which."""
    time: bool = False
    part: bool = False
    """The data brings its own train, valid and test parts."""
    complete: bool = True


@dataclass(frozen=True)
class Sample:
    """A small data set that a source wrote into a folder, and what is in it.

    options: read it. interactions: (user, item) as external ids, one for each good row, in the order of the
    rows; None where they are drawn and not known beforehand. bad: (file name, 1-based line) of each row of
    interactions that can't be read. What follows is held against `read` as far as it is given.

    Stability: stable for callers.
    """

    options: Source
    interactions: tuple[tuple[str | int, str | int], ...] | None = None
    bad: tuple[tuple[str, int], ...] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """By name, other columns of the interactions, such as `weight` and `time`: a value for each good row."""
    features: Mapping[str, Mapping[str | int, Mapping[str, Any]]] = field(default_factory=dict)
    """By node type, `user` or `item`, and by external id: feature columns and their values, None for a
    missing one."""
    links: Mapping[str, Sequence[tuple[str | int, str | int]]] = field(default_factory=dict)
    """By name of a relation: (source, target) of each of its links, as external ids."""
    triples: Sequence[tuple[str, str, str]] = ()
    """(head, relation, tail) of each triple of the knowledge graph."""
    entities: Sequence[tuple[str, str]] = ()
    """(item, entity) of each item that the knowledge graph knows by another name."""


class Source(Options):
    """Reads a data set into tables.

    Laws: external ids are kept as given; every row of the input is either in the tables or counted as bad
    with its file, line and reason; reading twice gives the same fingerprint.

    Stability: stable for callers and implementers.
    """

    kind: ClassVar[str] = "source"
    licence: ClassVar[str] = ""
    """What a public data set may be used for, in a line; empty where the data is the user's own."""

    @abstractmethod
    def provides(self, context: Context) -> Provides:
        """Edge types and columns. Reads at most a header; data that isn't there yet is no mistake."""

    @abstractmethod
    def read(self, context: Context) -> Tables:
        """The data; a `DataError` says which file should have been where."""

    @classmethod
    def sample(cls, folder: Path) -> Sample | None:
        """Write a small data set of this kind into `folder`, with a row or two that can't be read, and say
        what is in it: the contract kit holds what `read` gives against it. The folder is a data folder and
        the recipe's folder at once. None: the source can't be tested without its own data."""
        return None

    def shape(self) -> dict[str, int] | None:
        """users, items and interactions of a public data set, for a synthetic stand-in; None: unknown."""
        return None

    def locate(self, context: Context) -> Path | None:
        """The folder where the data lies already; None where it isn't there, or has no place."""
        return None

    def absent(self, context: Context) -> tuple[str, ...]:
        """Files of the user's own that are not there, as the options name them; for a message."""
        return ()

    def check(self, context: Context) -> None:
        """A `DataError` where the files that `locate` finds are not those that the name stands for, as far as
        the source knows their checksums. Where they are nowhere, nothing."""

    def fetch(self, context: Context) -> Path:
        """Bring a public data set into the cache, return its folder; a `DataError` where it can't be had."""
        raise DataError(
            f"{type(self).__name__} reads what its options name",
            why="it is no public data set, so there is nothing to fetch",
        )
