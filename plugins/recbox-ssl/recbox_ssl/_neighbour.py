"""The module behind `neighbour-contrast`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from recbox.plugin import Step
from recbox_ssl._cluster import cluster, nearest
from recbox_ssl._contrast import info_nce, nodes, sides

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
        first, later, (people, things) = hops[0], hops[options.hop], self._types(step)
        users, items = sides(step, later, first[people], first[things], options.temperature, options.over)
        if options.prototype and self.number >= options.warmup:
            kinds = self._kinds(step, first)
            users, items = (one + options.prototype * kind for one, kind in zip((users, items), kinds))
        return users + options.alpha * items

    def _kinds(self, step: Step, first: torch.Tensor) -> list[torch.Tensor]:
        """float [] twice: users' and items' first vectors against prototypes."""
        if self.found is None:
            # What is no candidate has no vote where centres are.
            each = zip(self._types(step), (None, step.cold))
            self.found = [self._found(step, first.detach()[rows], away) for rows, away in each]
        losses = []
        for rows, every, (centre, own) in zip(nodes(step), self._types(step), self.found):
            place = own[rows - every.start]
            losses.append(info_nce(first[rows], centre, self.options.temperature, place))
        return losses

    def _found(self, step: Step, x: torch.Tensor, away: torch.Tensor | None) -> Prototypes:
        among = x if away is None else x[~away]
        centre = cluster(among, self.options.clusters, step.generator)
        return centre, nearest(x, centre)

    def _types(self, step: Step) -> tuple[slice, slice]:
        return slice(0, step.offset), slice(step.offset, step.end)
