"""One node of a trained graph, and what it receives from its neighbours, hop by hop.

Its neighbours are what they were in training at each hop, so that the pass is one of this node's row alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

import torch

from recbox.explain.place import Place
from recbox.explain.reach import WHOLE, reach
from recbox.plugin import NewUsers
from recbox.recommender import Growth


@dataclass(frozen=True, eq=False)
class Ego:
    """first: float `[1, d]`, what its encoder gives. node: among those of training, -1 a new one. place: the
    node in what is left of the graph that far around it. sees: how far each layer sees."""

    growth: Growth
    first: torch.Tensor
    node: int
    place: Callable[[int], Place]
    sees: Callable[[int], int]
    _places: dict[int, Place] = field(default_factory=dict)
    _hops: dict[int, torch.Tensor] = field(default_factory=dict)

    @cached_property
    def near(self) -> torch.Tensor:
        """int64 `[s]`: its neighbours, as nodes of training, each once; itself is none."""
        return self._at(self.sees(0)).near

    def hop(self, number: int) -> torch.Tensor:
        """float `[s, d]`: what its neighbours were at a hop."""
        if number not in self._hops:
            self._hops[number] = self.growth.known.hops[number][self.near]
        return self._hops[number]

    def receive(self, number: int, own: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
        """float `[1, d]`: what a layer (from 0) makes of the node and its neighbours, as they are given."""
        layer, x, place = (
            self.growth.recommender.layer[number],
            torch.cat([own, near]),
            self._at(self.sees(number)),
        )
        if sampled(self.growth, number):
            out: torch.Tensor = layer(place.drawn[0], x)
            return out
        every: torch.Tensor = layer(place.graph, place.filled(self.growth.known.hops[number], x))
        return every[place.row : place.row + 1]

    def _at(self, radius: int) -> Place:
        if radius not in self._places:
            self._places[radius] = self.place(radius)
        return self._places[radius]


@final
class Egos:
    """The nodes of one trained graph. What is found out of its layers is found out once."""

    def __init__(self, growth: Growth) -> None:
        self.growth, self._reach = growth, dict[int, int]()

    def of(self, node: int) -> Ego:
        """One that was there."""
        first = self.growth.known.hops[0][node : node + 1]

        def place(radius: int) -> Place:
            return Place.whole(self.growth, node) if radius == WHOLE else Place.of(self.growth, node, radius)

        return Ego(self.growth, first, node, place, self._known)

    def new(self, user: NewUsers) -> Ego:
        """A new user, or a known one with what they took since."""
        first, received = self.growth.arriving(user)
        return Ego(self.growth, first, -1, lambda radius: Place.new(self.growth, received, radius), self.sees)

    def sees(self, number: int) -> int:
        """How far around a node a layer is shown the graph, in edges beyond the node's own; `WHOLE`: all."""
        return 1 if sampled(self.growth, number) else self.reach(number)

    def reach(self, number: int) -> int:
        """How far a layer looks; see `reach`."""
        if number not in self._reach:
            self._reach[number] = reach(self.growth, number)
        return self._reach[number]

    def _known(self, number: int) -> int:
        """A block of the graph that is there costs less than what is left of it around a node."""
        return WHOLE if sampled(self.growth, number) else self.sees(number)


def sampled(growth: Growth, number: int) -> bool:
    """Whether a layer works on a block: its one row is computed then, and not all."""
    options = [part.options for part in growth.recipe.layer for _ in range(part.repeat)]
    return bool(getattr(options[number], "sampled", False))
