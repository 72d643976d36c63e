"""The text of each node: its columns, and those of its history, put into the templates."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import polars as pl

from recbox.plugin import DataError, History, Spec
from recbox_text.template import Template, parse

if TYPE_CHECKING:
    from recbox_text.text import Text

BETWEEN = "; "
"""Stands between the texts of a history."""
JOINED = 20
"""How many of a history are joined, where nothing else is said."""


def texts(options: Text, spec: Spec) -> list[str]:
    """A text for each node, in the order of inner ids; empty where nothing is known."""
    from recbox_text.text import HISTORY

    where, table = f"encoder.{spec.node}", spec.train.nodes(spec.node).table
    columns: dict[str, list[str]] = {}
    if options.history is not None:
        columns[HISTORY] = _histories(options, spec, History.of(spec.train, spec.node))
    template = options.template
    rest = [name for name in template.names if name not in columns]
    columns |= _columns(table, rest, spec.node, where)
    return _filled(template, columns, spec.count)


def fresh(options: Text, spec: Spec, table: pl.DataFrame, history: History | None = None) -> list[str]:
    """A text for each new node; what the table doesn't have is missing. history: what they have."""
    from recbox_text.text import HISTORY

    template, blank = options.template, [""] * table.height
    columns = {n: _spelled(table[n]) if n in table.columns else blank for n in template.names}
    if options.history is not None:
        columns[HISTORY] = blank if history is None else _histories(options, spec, history)
    return _filled(template, columns, table.height)


def _filled(template: Template, columns: dict[str, list[str]], count: int) -> list[str]:
    names = list(template.names)
    rows = zip(*(columns[name] for name in names)) if count else ()
    return [template.fill(dict(zip(names, row))) for row in rows]


def _columns(table: pl.DataFrame, names: list[str], node: str, where: str) -> dict[str, list[str]]:
    known = table.columns
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            instead = f"did you mean {near[0]!r}?" if near else f"one of: {', '.join(known)}"
            raise DataError(f"the data has no {node} column {name!r}", where=where, instead=instead)
    return {name: _spelled(table[name]) for name in names}


def _spelled(values: pl.Series) -> list[str]:
    """Each value as text; a missing one is empty. Lists are joined, and whole numbers have no point."""
    if isinstance(values.dtype, pl.List):
        return [", ".join(v for v in row if v and v.strip()) if row else "" for row in values.to_list()]
    if values.dtype.is_float():
        return [_number(v) for v in values.to_list()]
    return ["" if v is None else str(v) for v in values.to_list()]


def _number(value: Any) -> str:
    if value is None or value != value:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def of_history(options: Text, spec: Spec, where: str) -> list[str]:
    """The text of each node that stands in histories. spec: the place of an encoder of those."""
    template, nodes = parse(options.history or ""), spec.train.nodes(spec.node)
    return _filled(template, _columns(nodes.table, list(template.names), spec.node, where), len(nodes))


def _histories(options: Text, spec: Spec, history: History) -> list[str]:
    """The last ones that each node has, as text, newest first."""
    other = "item" if spec.node == "user" else "user"
    said = of_history(options, replace(spec, node=other), f"encoder.{spec.node}")
    rows = history.lists(options.last or JOINED)
    return [BETWEEN.join(filter(None, (said[i] for i in row))) for row in rows]
