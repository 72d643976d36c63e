"""The data sets that installed sources know by name, for `recbox data list, show, fetch`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from recbox.errors import PluginError

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.registry.registry import Registry


class _Public(Protocol):
    licence: str

    def shape(self) -> dict[str, int] | None: ...
    def locate(self, context: Context) -> Path | None: ...


@dataclass(frozen=True)
class Row:
    """One source. `shape`: users, items, interactions of a public data set; `found`: where it lies."""

    name: str
    summary: str
    reference: str = ""
    licence: str = ""
    shape: dict[str, int] | None = None
    found: Path | None = None
    public: bool = False
    """A data set that has a name of its own, in place of a reader of the user's files."""


def describe(registry: Registry, context: Context) -> list[Row]:
    """A row for every source that loads, in the order of names; broken ones are in `recbox plugins list`."""
    return [
        _row(card.name, card.summary, registry, context)
        for card in registry.cards("source")
        if not card.error
    ]


def _row(name: str, summary: str, registry: Registry, context: Context) -> Row:
    try:
        cls = registry.load("source", name)
    except PluginError:  # a name that two distributions claim
        return Row(name, summary)
    licence = getattr(cls, "licence", "")
    if not licence or any(field.is_required() for field in cls.model_fields.values()):
        return Row(name, summary, cls.reference)
    source = cast("_Public", cls())
    return Row(name, summary, cls.reference, licence, source.shape(), source.locate(context), public=True)
