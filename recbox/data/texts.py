"""The text of each node: its columns, and those of its history, put into templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from recbox.data.dataset import Dataset
from recbox.errors import DataError, nearest
from recbox.recipe.prompting import Prompt
from recbox.recipe.template import Template

HISTORY = "history"
"""The field of a template that stands for a node's history."""
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
    nodes = train.nodes(node)
    values = {} if history is None else {HISTORY: histories(train, node, history, last, where)}
    rest = [name for name in template.names if name not in values]
    return filled(template, values | columns(nodes.table, rest, node, where), len(nodes))


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


def histories(train: Dataset, node: str, template: Template, last: int, where: str = "") -> list[str]:
    """The texts of each node's last distinct interactions in `train`, newest first."""
    other = "item" if node == "user" else "user"
    nodes = train.nodes(other)
    said = filled(template, columns(nodes.table, template.names, other, where), len(nodes))
    own, theirs = latest(train, node, last)
    frame = pl.DataFrame({"own": own, "said": pl.Series(said, dtype=pl.String).gather(theirs)})
    lines = frame.filter(pl.col("said") != "").group_by("own", maintain_order=True).agg("said")
    found = [""] * len(train.nodes(node))
    for place, line in zip(lines["own"].to_list(), lines["said"].to_list()):
        found[place] = BETWEEN.join(line)
    return found


def latest(train: Dataset, node: str, last: int) -> tuple[np.ndarray, np.ndarray]:
    """int64 `[n]` each: nodes of a type, and beside them the last distinct ones of the other type that they
    interacted with, newest first; by the data's order where it has no times."""
    x = train.interaction
    own, theirs = (x.user, x.item) if node == "user" else (x.item, x.user)
    order = np.arange(len(x)) if x.time is None else np.lexsort((np.arange(len(x)), x.time))
    newest = pl.DataFrame({"own": own[order[::-1]], "theirs": theirs[order[::-1]]})
    kept = newest.unique(maintain_order=True, keep="first").group_by("own", maintain_order=True).head(last)
    return kept["own"].to_numpy(), kept["theirs"].to_numpy()
