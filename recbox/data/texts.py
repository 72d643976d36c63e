"""The text of each node: its columns, and those of its history, put into templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from recbox.data.dataset import Dataset
from recbox.data.history import History
from recbox.errors import DataError, nearest
from recbox.recipe.prompting import Prompt
from recbox.recipe.template import HISTORY, Template, other

BETWEEN = "; "
"""Stands between the texts of a history."""


def texts(
    train: Dataset,
    node: str,
    template: Template | Prompt,
    history: Template | None,
    last: int,
    where: str = "",
) -> list[str]:
    """A text for each node of a type, in the order of inner ids; empty where nothing is known.

    history: over the columns of what the node has interacted with in `train`; the `last` ones, newest first,
    are joined, and `{history}` is their place. where: for the `DataError` of a column that isn't there.
    """
    nodes, values = train.nodes(node), dict[str, list[str]]()
    if history is not None:
        values[HISTORY] = joined(of_nodes(train, other(node), history, where), History.of(train, node), last)
    rest = [name for name in template.names if name not in values]
    return filled(template, values | columns(nodes.table, rest, node, where), nodes.table.height)


def of_nodes(train: Dataset, node: str, template: Template, where: str = "") -> list[str]:
    """A text of columns alone for each node of a type."""
    table = train.nodes(node).table
    return filled(template, columns(table, template.names, node, where), table.height)


def filled(template: Template | Prompt, values: Mapping[str, Sequence[str]], count: int) -> list[str]:
    """The template with row after row of the columns that it names, `count` of them."""
    names = list(template.names)
    rows = zip(*(values[name] for name in names)) if count else ()
    return [template.fill(dict(zip(names, row))) for row in rows]


def columns(table: pl.DataFrame, names: Sequence[str], node: str, where: str = "") -> dict[str, list[str]]:
    """The named columns as texts; a `DataError` for one that the data doesn't have."""
    for name in names:
        if name not in table.columns:
            instead = nearest(name, table.columns)
            raise DataError(f"the data has no {node} column {name!r}", where=where, instead=instead)
    return {name: spelled(table[name]) for name in names}


def spelled(values: pl.Series) -> list[str]:
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


def joined(said: Sequence[str], history: History, last: int) -> list[str]:
    """For each row of a history the texts of its last ones, newest first. said: of each that it may hold."""
    return [BETWEEN.join(filter(None, (said[i] for i in row))) for row in history.lists(last)]
