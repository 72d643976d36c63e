"""Columns as targets: what is decoded for each type, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from recbox.plugin import DataError, Spec

if TYPE_CHECKING:
    from recbox_ssl.masked_attribute import MaskedAttribute


class Target(nn.Module):
    """value: `[n]` or `[n, c]`, a node's; there: bool `[n]`, nodes that have one. width: columns that a
    decoder gives for it."""

    def __init__(self, value: np.ndarray, there: np.ndarray, width: int, loss: Callable[..., torch.Tensor]):
        super().__init__()
        self.register_buffer("value", torch.from_numpy(value), persistent=False)
        self.register_buffer("there", torch.from_numpy(there), persistent=False)
        self.width, self.loss = width, loss

    def forward(self, said: torch.Tensor, nodes: torch.Tensor) -> torch.Tensor:
        """float []: the mean over those of `nodes` that have a value, 0 without any. said: `[n, width]`."""
        known = self.there[nodes]
        if not known.any():
            return said.sum() * 0
        return self.loss(said[known], self.value[nodes[known]])


def targets(options: MaskedAttribute, spec: Spec) -> list[Target]:
    """Of each column; a DataError for one that isn't there or can't be decoded."""
    nodes, where = spec.train.nodes(options.node), "the objective 'masked-attribute'"
    able = {c.name: c for c in nodes.columns if c.type in _OF}
    wanted = options.columns or tuple(able)
    if not wanted:
        what = f"the {options.node}s have no column that is categorical, numeric or a list"
        raise DataError(what, where=where, instead="of: vectors, or node: " + _other(options.node))
    for name in wanted:
        if name not in able:
            what = f"the {options.node}s have no column {name!r} that is categorical, numeric or a list"
            raise DataError(what, where=where, instead=", ".join(able) or "of: vectors")
    return [_OF[able[name].type](nodes.table[name]) for name in wanted]


def _other(node: str) -> str:
    return "user" if node == "item" else "item"


def _categorical(column: pl.Series) -> Target:
    text = column.cast(pl.String)
    names = {name: i for i, name in enumerate(sorted(set(text.drop_nulls().to_list())))}
    value = np.array([names.get(name, 0) for name in text.to_list()], dtype=np.int64)
    return Target(value, text.is_not_null().to_numpy(), max(1, len(names)), cross_entropy)


def _multi(column: pl.Series) -> Target:
    """1 for each category of a node; a node without any has no value."""
    lists = [row or [] for row in column.cast(pl.List(pl.String)).to_list()]
    names = {name: i for i, name in enumerate(sorted({v for row in lists for v in row if v is not None}))}
    value = np.zeros((len(lists), max(1, len(names))), dtype=np.float32)
    for i, row in enumerate(lists):
        value[i, [names[v] for v in row if v is not None]] = 1.0
    return Target(value, value.any(1), value.shape[1], _each)


def _numeric(column: pl.Series) -> Target:
    x = column.cast(pl.Float64).fill_nan(None)
    z = ((x - (x.mean() or 0.0)) / (x.std() or 1.0)).fill_null(0.0).to_numpy()
    return Target(z.astype(np.float32), x.is_not_null().to_numpy(), 1, _squared)


def _each(said: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    return binary_cross_entropy_with_logits(said, value.to(said))


def _squared(said: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    return (said[:, 0] - value.to(said)).square().mean()


_OF: dict[str, Callable[[pl.Series], Target]] = {
    "categorical": _categorical,
    "multi": _multi,
    "numeric": _numeric,
}
