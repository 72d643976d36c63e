"""The text of each node, and of each new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from recbox.plugin import Spec
from recbox.plugin import texts as told

if TYPE_CHECKING:
    from recbox_text.text import Text


def texts(options: Text, spec: Spec) -> list[str]:
    """A text for each node, in the order of inner ids; empty where nothing is known."""
    history = None if options.history is None else told.parse(options.history)
    where = f"encoder.{spec.node}"
    return told.texts(spec.train, spec.node, options.template, history, options.last, where)


def fresh(options: Text, table: pl.DataFrame) -> list[str]:
    """A text for each new node; what the table doesn't have is missing, and so is a history."""
    template, blank = options.template, [""] * table.height
    columns = {n: told.spelled(table[n]) if n in table.columns else blank for n in template.names}
    return told.filled(template, columns, table.height)
