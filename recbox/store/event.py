"""Rows of a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """Somebody did something with an item. user, item: ids as text. time: Unix seconds. event_id: what the
    sender calls it; one that is there already is not stored again. recommendation: the list that it came
    from; version: the artifact's that made the list. id: its number in the store, 0 before it is there."""

    user: str
    item: str
    time: float
    weight: float = 1.0
    behaviour: str | None = None
    event_id: str | None = None
    recommendation: str | None = None
    version: str | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Which:
    """Which events are meant. behaviours: those of these; None: of any. unnamed: also those that name none.
    least: those of this weight or more."""

    behaviours: tuple[str, ...] | None = None
    unnamed: bool = True
    least: float | None = None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What is said of an item. columns: values by column, those that were said alone. available: whether it
    may stand in lists."""

    id: str
    columns: dict[str, Any]
    available: bool = True
