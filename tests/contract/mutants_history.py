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
Told = Callable[[History], object]
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


class Telling(Latest):
    """One that misses nodes that have nothing; of new ones it says so by `told`."""

    def __init__(self, spec: Any, told: Told) -> None:
        super().__init__(spec, lambda history: history)
        self.told = told

    def missing(self, nodes: torch.Tensor) -> torch.Tensor:
        return ~self.known.any(1)[nodes]

    def fresh_missing(self, table: pl.DataFrame, history: History) -> object:
        return self.told(history)


def empty(history: History) -> torch.Tensor:
    return torch.from_numpy(np.diff(history.indptr) == 0)


def telling(told: Told = empty) -> type[Encoder]:
    class Copy(Encoder):
        @property
        def by_history(self) -> bool:
            return True

        def build(self, spec: Any) -> nn.Module:
            return Telling(spec, told)

    return Copy


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


READ, SAID = "fresh-nodes-are-read-as-known-ones", "what-is-missing-is-said-of-new-nodes"

MUTANTS = (
    Mutant(READ, "latest", "histories by inner id", latest(ascending)),
    Mutant(READ, "latest", "histories that aren't looked at", latest(forgotten)),
    Mutant(READ, "latest", "histories mixed over who comes", latest(shared)),
    Mutant(READ, "latest", "histories changed in place", latest(emptied)),
    Mutant(
        SAID, "latest", "all new ones are missing", telling(lambda h: torch.ones(len(h), dtype=torch.bool))
    ),
    Mutant(SAID, "latest", "none is missing", telling(lambda h: torch.zeros(len(h), dtype=torch.bool))),
    Mutant(SAID, "latest", "one for all", telling(lambda h: empty(h).any().repeat(len(h)))),
    Mutant(SAID, "latest", "numbers in place of flags", telling(lambda h: empty(h).float())),
)
