"""A history as a mean: a node's vector is the mean of the vectors of what it has interacted with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import torch
from torch import nn

from recbox.plugin import History, Spec, texts
from recbox_text._fixed import Prepared, unit
from recbox_text._module import way

if TYPE_CHECKING:
    from recbox_text.projected import Projected


class Averaged(nn.Module):
    """`projection(Σ_{j in history of n} x_j / |history of n|)`, with given x. Nodes without a history are
    missing. base: the mark of what the vectors are made with, if it is a text model."""

    def __init__(
        self, mean: Mean, history: History, fixed: Prepared, projection: nn.Module, base: nn.Module | None
    ) -> None:
        super().__init__()
        self.base = base
        self.mean, self.fixed, self.projection = mean, fixed, projection
        self.register_buffer("vector", torch.from_numpy(fixed(mean(history))), persistent=False)
        self.register_buffer("empty", _empty(history), persistent=False)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.projection(self.vector[nodes])

    def missing(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.empty[nodes]

    @torch.no_grad()
    def fresh(self, table: pl.DataFrame, history: History) -> torch.Tensor:
        """float [n, dim]: rows of nodes that aren't among those that it was made for."""
        return self.projection(torch.from_numpy(self.fixed(self.mean(history))).to(self.vector))

    def fresh_missing(self, table: pl.DataFrame, history: History) -> torch.Tensor:
        return _empty(history).to(self.empty.device)


class Mean:
    """The mean over the newest `last` of a history, or over all of it; zeros for none."""

    def __init__(self, each: np.ndarray, last: int | None) -> None:
        """each: float32 [others, w]."""
        self.each, self.last = each, last

    def __call__(self, history: History) -> np.ndarray:
        """float32 [n, w]."""
        has = history.matrix(len(self.each), self.last)
        count = np.maximum(np.diff(has.indptr), 1)[:, None]
        return ((has @ self.each) / count).astype(np.float32)


def build(options: Projected, spec: Spec) -> nn.Module:
    """The module of an encoder that averages what nodes have."""
    other = texts.other(spec.node)
    there = replace(spec, node=other, count=len(spec.train.nodes(other)))
    each = options.others(there)
    mean = Mean(unit(each) if options.normalise else each, options.last)
    history = History.of(spec.train, spec.node)
    means = mean(history)
    fixed = Prepared.of(options, means, spec.dim, normalise=False)
    learned = way(options, fixed(means), spec)
    return Averaged(mean, history, fixed, learned, options.base(spec))


def _empty(history: History) -> torch.Tensor:
    return torch.from_numpy(np.diff(history.indptr) == 0)
