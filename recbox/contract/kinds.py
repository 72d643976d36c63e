"""Which laws a kind has: those of all plugins, those of all modules, and its own."""

from __future__ import annotations

from importlib import import_module

from recbox.contract.kind import Kind
from recbox.contract.law import Law


def kind_of(word: str) -> Kind:
    """The contract of a kind: `recbox.contract.<word>.KIND`."""
    kind: Kind = import_module(f"recbox.contract.{word}").KIND
    return kind


def laws_of(word: str) -> tuple[Law, ...]:
    """All laws of a kind, in the order in which they are checked."""
    from recbox.contract import every, module

    kind = kind_of(word)
    return (*every.LAWS, *(module.LAWS if kind.modular else ()), *kind.laws)
