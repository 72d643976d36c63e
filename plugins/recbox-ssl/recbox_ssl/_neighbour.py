"""The module behind `neighbour-contrast`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from recbox.plugin import Step
from recbox_ssl._cluster import cluster
from recbox_ssl._contrast import info_nce, nodes

if TYPE_CHECKING:
    from recbox_ssl.neighbour_contrast import NeighbourContrast

Prototypes = tuple[torch.Tensor, torch.Tensor]
"""Centres `[k, d]`, and each node's: int64 `[n]`."""


class Neighbours(nn.Module):
    """Prototypes are found by the first step of an epoch, and last for it."""

    def __init__(self, options: NeighbourContrast) -> None:
        super().__init__()
        self.options, self.number = options, 0
        self.found: list[Prototypes] | None = None

    def epoch(self, number: int) -> None:
        self.number, self.found = number, None

    def forward(self, step: Step) -> torch.Tensor:
        hops, options = step.embed().hops, self.options
        users, items = self._around(step, hops[0], hops[options.hop])
        if options.prototype and self.number >= options.warmup:
            kinds = self._kinds(step, hops[0])
            users, items = (one + options.prototype * kind for one, kind in zip((users, items), kinds))
        return users + options.alpha * items

    def _around(self, step: Step, first: torch.Tensor, later: torch.Tensor) -> list[torch.Tensor]:
        """float [] twice: users' and items' vectors of a hop against first vectors."""
        if self.options.over == "batch":
            return [info_nce(later[rows], first[rows], self.options.temperature) for rows in nodes(step)]
        losses = []
        for rows, every, away in zip(nodes(step), self._types(step), (None, step.cold)):
            place = rows - every.start
            losses.append(info_nce(later[rows], first[every], self.options.temperature, place, away))
        return losses

    def _kinds(self, step: Step, first: torch.Tensor) -> list[torch.Tensor]:
        """float [] twice: users' and items' first vectors against prototypes."""
        if self.found is None:
            every = [first.detach()[rows] for rows in self._types(step)]
            self.found = [cluster(x, self.options.clusters, step.generator) for x in every]
        losses = []
        for rows, every, (centre, own) in zip(nodes(step), self._types(step), self.found):
            place = own[rows - every.start]
            losses.append(info_nce(first[rows], centre, self.options.temperature, place))
        return losses

    def _types(self, step: Step) -> tuple[slice, slice]:
        return slice(0, step.offset), slice(step.offset, step.end)
