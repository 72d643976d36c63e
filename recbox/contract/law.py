"""A law: a check that a plugin passes, breaks, or is not asked."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from recbox.contract.case import Case
from recbox.registry import Options


class Broken(Exception):
    """A law is broken: what was seen, in numbers where there are any."""


class Skip(Exception):
    """A law says nothing about this plugin, or can't be checked here: why."""


@dataclass(frozen=True)
class Law:
    """name: words joined by dashes, such as `permuted-nodes`. states: the law in a sentence. instead: what an
    author does about a breach. once: checked for the class, with the first of its cases, and not for each.
    of: the class of plugins that it is about, where that isn't its whole kind."""

    name: str
    states: str
    instead: str
    check: Callable[[Case], None]
    once: bool = False
    of: type = Options


def law(*, instead: str, once: bool = False, of: type = Options) -> Callable[[Callable[[Case], None]], Law]:
    """A law from a function: its name is the law's, its docstring states it."""

    def make(check: Callable[[Case], None]) -> Law:
        states = " ".join((inspect.getdoc(check) or "").split())
        return Law(check.__name__.replace("_", "-"), states, instead, check, once, of)

    return make


def hold(true: bool, seen: str) -> None:
    """The law is broken unless `true`; `seen` says what was seen."""
    if not true:
        broken(seen)


def broken(seen: str) -> NoReturn:
    raise Broken(seen)
