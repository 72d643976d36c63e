"""The text of each node, of each new one, and of each that stands in a history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from recbox.plugin import History, Spec
from recbox.plugin import texts as told

if TYPE_CHECKING:
    from recbox_text.text import Text

JOINED = 20
"""How many of a history are joined, where nothing else is said."""


def texts(options: Text, spec: Spec) -> list[str]:
    """A text for each node, in the order of inner ids; empty where nothing is known."""
    history = None if options.history is None else told.parse(options.history)
    where, last = f"encoder.{spec.node}", options.last or JOINED
    return told.texts(spec.train, spec.node, options.template, history, last, where)


def fresh(options: Text, spec: Spec, table: pl.DataFrame, history: History | None = None) -> list[str]:
    """A text for each new node; what the table doesn't have is missing. history: what they have."""
    template, blank = options.template, [""] * table.height
    columns = {n: told.spelled(table[n]) if n in table.columns else blank for n in template.names}
    if options.history is not None:
        columns[told.HISTORY] = blank if history is None else _joined(options, spec, history)
    return told.filled(template, columns, table.height)


def _joined(options: Text, spec: Spec, history: History) -> list[str]:
    said = of_history(options, spec, told.other(spec.node), f"encoder.{spec.node}")
    return told.joined(said, history, options.last or JOINED)


def of_history(options: Text, spec: Spec, node: str, where: str) -> list[str]:
    """The text of each node of a type that stands in histories."""
    return told.of_nodes(spec.train, node, told.parse(options.history or ""), where)
