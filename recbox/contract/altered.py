"""The kit's world with its features changed: columns left out, no values, two nodes' values exchanged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from recbox.data import Dataset, Nodes


def kept(train: Dataset, node: str, names: Iterable[str]) -> Dataset:
    """The data with these feature columns of a node type alone."""
    nodes, keep = train.nodes(node), set(names)
    columns = tuple(c for c in nodes.columns if c.name in keep)
    return _with(train, node, Nodes(nodes.table.select("id", *(c.name for c in columns)), columns))


def emptied(train: Dataset, node: str) -> Dataset:
    """The data with nothing in the feature columns, but in the first row of each, so that it has a type."""
    nodes = train.nodes(node)
    first = pl.int_range(pl.len()) == 0
    empty = [pl.when(first).then(pl.col(c.name)).alias(c.name) for c in nodes.columns]
    return _with(train, node, replace(nodes, table=nodes.table.with_columns(empty)))


def unlike(nodes: Nodes) -> tuple[int, int]:
    """The last two nodes with a value in every column, and with other values in each."""
    rows = [row for row in nodes.table.drop("id").with_row_index().rows() if None not in row]
    last = rows[-1]
    other = next(row for row in rows[::-1] if all(a != b for a, b in zip(row, last)))
    return other[0], last[0]


def traded(train: Dataset, node: str, a: int, b: int) -> Dataset:
    """The data with the features of two nodes exchanged."""
    nodes = train.nodes(node)
    order = list(range(len(nodes)))
    order[a], order[b] = b, a
    table = nodes.table.select("id").hstack(nodes.table.drop("id")[order])
    return _with(train, node, replace(nodes, table=table))


def _with(train: Dataset, node: str, nodes: Nodes) -> Dataset:
    return replace(train, user=nodes) if node == "user" else replace(train, item=nodes)
