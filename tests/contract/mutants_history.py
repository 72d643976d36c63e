"""Encoders that read what a node has, copies of one that does it right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import torch
from mutant_kit import Mutant
from torch import nn

from recbox.plugin import Encoder, History

Change = Callable[[History], History]
LAST = 3


class Latest(nn.Module):
    """`x_n = Σ_j v_j / 2^age` over the newest three that a node has, v_j learned."""

    def __init__(self, spec: Any, change: Change) -> None:
        super().__init__()
        other = "item" if spec.node == "user" else "user"
        self.weight = nn.Parameter(
            torch.randn(len(spec.train.nodes(other)), spec.dim, generator=spec.generator)
        )
        self.change = change
        known = [self._row(row) for row in History.of(spec.train, spec.node).lists(LAST)]
        self.register_buffer("known", torch.stack(known), persistent=False)

    def _row(self, row: list[int]) -> torch.Tensor:
        out = torch.zeros(len(self.weight))
        out[row] = 0.5 ** torch.arange(len(row))
        return out

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        return self.known.to(self.weight.dtype)[nodes] @ self.weight

    @torch.no_grad()
    def fresh(self, table: pl.DataFrame, history: History) -> torch.Tensor:
        rows = [self._row(row) for row in self.change(history).lists(LAST)]
        return torch.stack([self.known.new_zeros(len(self.weight)), *rows])[1:] @ self.weight


def latest(change: Change = lambda history: history) -> type[Encoder]:
    class Copy(Encoder):
        @property
        def by_history(self) -> bool:
            return True

        def build(self, spec: Any) -> nn.Module:
            return Latest(spec, change)

    return Copy


def ascending(history: History) -> History:
    """By inner id: the order is lost."""
    row = np.repeat(np.arange(len(history)), np.diff(history.indptr))
    return replace(history, node=history.node[np.lexsort((history.node, row))])


def forgotten(history: History) -> History:
    return History.none(len(history))


def shared(history: History) -> History:
    """What all who come together have."""
    every = [*range(len(history))]
    return replace(history.take(every), node=np.sort(history.node))


def emptied(history: History) -> History:
    """Nothing is left of what it was handed."""
    kept = history.take(range(len(history)))
    history.node[:] = 0
    return kept


READ = "fresh-nodes-are-read-as-known-ones"

MUTANTS = (
    Mutant(READ, "latest", "histories by inner id", latest(ascending)),
    Mutant(READ, "latest", "histories that aren't looked at", latest(forgotten)),
    Mutant(READ, "latest", "histories mixed over who comes", latest(shared)),
    Mutant(READ, "latest", "histories changed in place", latest(emptied)),
)
