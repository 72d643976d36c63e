"""Encoders whose modules are told which nodes a step is about, and get it wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from mutant_kit import Mutant
from torch import nn

from recbox.encoder.id import Id
from recbox.plugin import Encoder

Rows = Callable[["Told", torch.Tensor], torch.Tensor]


class Told(nn.Module):
    """Rows of an inner module, kept, and made anew where they have to be; a linear map of all of them."""

    def __init__(self, inner: nn.Module, count: int, rows: Rows, renews: bool) -> None:
        super().__init__()
        self.inner, self.count, self.rows, self.renews = inner, count, rows, renews
        self.map = nn.Parameter(torch.ones(1))
        self.nodes: list[int] | None = None
        self.register_buffer("kept", self._anew(), persistent=False)

    @torch.no_grad()
    def _anew(self) -> torch.Tensor:
        return self.inner(torch.arange(self.count)).clone()

    def attend(self, nodes: torch.Tensor | None) -> None:
        if nodes is None and self.renews:
            self.kept = self._anew()
        self.nodes = None if nodes is None else sorted(set(nodes.tolist()))

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        told = self.training and self.nodes is not None
        return self.map * (self.rows(self, nodes) if told else self.inner(nodes))


def right(self: Told, nodes: torch.Tensor) -> torch.Tensor:
    own = torch.tensor(self.nodes, dtype=torch.int64)
    return self.kept.index_copy(0, own, self.inner(own))[nodes]


def told(rows: Rows, *, renews: bool = True) -> type[Encoder]:
    """A copy of `id` that gives rows by this."""

    class Telling(Encoder):
        def build(self, spec: Any) -> nn.Module:
            return Told(Id().build(spec), spec.count, rows, renews)

    return Telling


def detached(self: Told, nodes: torch.Tensor) -> torch.Tensor:
    return self.kept[nodes]


def others(self: Told, nodes: torch.Tensor) -> torch.Tensor:
    """Gradients go to the nodes after those that it was told of."""
    own = (torch.tensor(self.nodes, dtype=torch.int64) + 1) % self.count
    return self.kept.index_copy(0, own, self.inner(own))[nodes]


def few(self: Told, nodes: torch.Tensor) -> torch.Tensor:
    own = torch.tensor(self.nodes[:4], dtype=torch.int64)
    return self.kept.index_copy(0, own, self.inner(own))[nodes]


def zeros(self: Told, nodes: torch.Tensor) -> torch.Tensor:
    """The rows of all others are zeros."""
    own = torch.tensor(self.nodes, dtype=torch.int64)
    return torch.zeros_like(self.kept).index_copy(0, own, self.inner(own))[nodes]


def first(self: Told, nodes: torch.Tensor) -> torch.Tensor:
    """Gradients in the first pass after each call alone."""
    own, self.nodes = torch.tensor(self.nodes, dtype=torch.int64), []
    return self.kept.index_copy(0, own, self.inner(own))[nodes]


LAW = "attended-nodes-have-their-gradients"

MUTANTS = (
    Mutant(LAW, "id", "no gradients where it was told of nodes", told(detached)),
    Mutant(LAW, "id", "the gradients of other nodes", told(others)),
    Mutant(LAW, "id", "the first four nodes alone", told(few)),
    Mutant(LAW, "id", "zeros for all others", told(zeros)),
    Mutant(LAW, "id", "gradients in the first pass alone", told(first)),
    Mutant(LAW, "id", "old rows in a new epoch", told(right, renews=False)),
)
