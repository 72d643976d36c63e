"""Asking plugins about themselves: an author's fault is a mistake at the plugin's place, not a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from pydantic_core import PydanticCustomError

from recbox.errors import RecboxError
from recbox.recipe.desk import Desk, Parts, Placed

T = TypeVar("T")


def read(parts: Parts) -> Iterator[Placed]:
    """Those of a list that could be read."""
    return (part for part in parts if part is not None)


def ask(desk: Desk, placed: Placed, what: str, question: Callable[[Any], T]) -> T | None:
    """An answer of a plugin's options; one that fails is a mistake at the plugin's place."""
    try:
        return question(placed.part.options)
    except RecboxError as error:
        desk.findings.blame(placed.place, error)
    except ValueError as error:  # how options say that something doesn't fit them
        _misfit(desk, placed, error)
    except (Exception, SystemExit) as error:
        owner = f"the {placed.part.kind} {placed.part.label!r} can't tell its {what}"
        desk.blame(placed.place, owner, error, placed.part.origin)
    return None


def _misfit(desk: Desk, placed: Placed, error: ValueError) -> None:
    """At the option that it is of, with the way out, where `mistake` made it."""
    said = (error.context or {}) if isinstance(error, PydanticCustomError) else {}
    what = f"the {placed.part.kind} {placed.part.label!r} doesn't fit: {error}"
    place = placed.node.keys.get(said.get("at", ""), placed.place)
    desk.findings.add(place, what, said.get("instead", ""))
