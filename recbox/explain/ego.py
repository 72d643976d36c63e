"""One node of a trained graph, and what it receives from its neighbours, hop by hop.

Its neighbours are what they were in training at each hop, so that the pass is one of this node's row alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch

from recbox.kernel import Graph
from recbox.recommender import Growth


@dataclass(frozen=True, eq=False)
class Ego:
    """row: the node's, in `graph`; first: float `[1, d]`, what its encoder gives; new: whether it isn't among
    the nodes of training, which in `graph` come before and after it."""

    growth: Growth
    graph: Graph
    row: int
    first: torch.Tensor
    new: bool = False

    @classmethod
    def of(cls, growth: Growth, node: int) -> Ego:
        """A node that was there."""
        return cls(growth, growth.graph, node, growth.known.hops[0][node : node + 1])

    @cached_property
    def near(self) -> torch.Tensor:
        """int64 `[s]`: its neighbours, as nodes of training, each once; itself is none."""
        around = self._sources[1:]
        return around - (around > self.row).long() if self.new else around

    def hop(self, number: int) -> torch.Tensor:
        """float `[s, d]`: what its neighbours were at a hop."""
        if number not in self._hops:
            self._hops[number] = self.growth.known.hops[number][self.near]
        return self._hops[number]

    @cached_property
    def _hops(self) -> dict[int, torch.Tensor]:
        return {}

    def receive(self, number: int, own: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
        """float `[1, d]`: what a layer (from 0) makes of the node and its neighbours, as they are given."""
        layer, x = self.growth.recommender.layer[number], torch.cat([own, near])
        if self._sampled[number]:
            out: torch.Tensor = layer(self._block, x)
            return out
        before = self.growth.known.hops[number]
        if self.new:
            before = torch.cat([before[: self.row], own.detach(), before[self.row :]])
        every: torch.Tensor = layer(self.graph, before.index_copy(0, self._sources, x))
        return every[self.row : self.row + 1]

    @cached_property
    def _sampled(self) -> list[bool]:
        """Of each layer, whether it works on a block: its one row is computed then, and not all."""
        parts = self.growth.recipe.layer
        return [getattr(part.options, "sampled", False) for part in parts for _ in range(part.repeat)]

    @cached_property
    def _sources(self) -> torch.Tensor:
        """int64 `[s + 1]`: rows of the graph, the node's first."""
        return self._drawn[1]

    @property
    def _block(self) -> Graph:
        return self._drawn[0]

    @cached_property
    def _drawn(self) -> tuple[Graph, torch.Tensor]:
        node = torch.tensor([self.row], device=self.graph.device)
        every = max(1, int(self.graph.count[self.row]))
        return self.graph.block(node, every, torch.Generator())
