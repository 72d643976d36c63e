"""Copies of built-in sources: what they read is changed, or one of their methods is another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from recbox.context import Context
from recbox.data import Tables
from recbox.plugin import Sample, Source

Change = Callable[[Tables], Any]


def source(of: type[Source], change: Change = lambda tables: tables, **methods: Any) -> type[Source]:
    """A copy of `of`, with its sample. change: is done to what it reads. methods: instead of its own."""

    class Broken(of):
        @classmethod
        def sample(cls, folder: Path) -> Sample:
            given = of.sample(folder)
            return replace(given, options=cls.parse(given.options.values()))

        def read(self, context: Context) -> Tables:
            return change(of.read(self, context))

    for name, method in methods.items():
        setattr(Broken, name, method)
    return Broken


def rows(*columns: pl.Expr, **named: pl.Expr) -> Change:
    """Other values in the interactions."""
    return lambda t: replace(t, interaction=t.interaction.with_columns(*columns, **named))


def users(*columns: pl.Expr, **named: pl.Expr) -> Change:
    """Other values in the table of users."""
    return lambda t: replace(t, user=t.user.with_columns(*columns, **named))


def items(*columns: pl.Expr, **named: pl.Expr) -> Change:
    """Other values in the table of items."""
    return lambda t: replace(t, item=t.item.with_columns(*columns, **named))


def links(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Change:
    """Other relations."""
    return lambda t: replace(t, relation={name: change(frame) for name, frame in t.relation.items()})


def triples(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Change:
    """Other triples of the knowledge graph."""
    return lambda t: replace(t, knowledge=replace(t.knowledge, triple=change(t.knowledge.triple)))
