"""Where one node is looked at: in the graph, or in what is left of it around the node."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import torch

from recbox.kernel import Graph
from recbox.recommender import Growth
from recbox.recommender.around import around, around_new
from recbox.recommender.received import Arriving


@dataclass(frozen=True, eq=False)
class Place:
    """row: the node's, in `graph`. nodes: int64 `[n]`, who the graph's rows are among the nodes of training;
    -1 the node itself, where it is none of them."""

    graph: Graph
    row: int
    nodes: torch.Tensor

    @classmethod
    def whole(cls, growth: Growth, node: int) -> Self:
        """Of a node of training, the graph that there is."""
        graph = growth.graph
        return cls(graph, node, torch.arange(graph.nodes, device=graph.device))

    @classmethod
    def of(cls, growth: Growth, node: int, radius: int) -> Self:
        """Of a node of training, with all edges of what is that near; see `around`."""
        found = around(growth.structures, np.array([node]), radius)
        row = int(np.searchsorted(found.nodes, node))
        return cls(found.structures.graph(growth.context), row, _tensor(found.nodes, growth))

    @classmethod
    def new(cls, growth: Growth, received: Arriving, radius: int) -> Self:
        """Of a new user."""
        found = around_new(growth.structures, received, radius)
        row = int(np.flatnonzero(found.nodes < 0)[0])
        graph = found.structures.graph(growth.context, one_way=True)
        return cls(graph, row, _tensor(found.nodes, growth))

    @property
    def near(self) -> torch.Tensor:
        """int64 `[s]`: the node's neighbours, as nodes of training, ascending, each once; itself is none."""
        return self.nodes[self.drawn[1][1:]]

    @cached_property
    def drawn(self) -> tuple[Graph, torch.Tensor]:
        """A block of all that the node receives, and its sources, int64 `[s + 1]`: rows of the graph, the
        node's first."""
        node = torch.tensor([self.row], device=self.graph.device)
        every = max(1, int(self.graph.count[self.row]))
        return self.graph.block(node, every, torch.Generator())

    def filled(self, before: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """float `[n, d]`: what nodes of training were, `before`, but x `[s + 1, d]` the node and its
        neighbours."""
        return before[self.nodes.clamp_min(0)].index_copy(0, self.drawn[1], x)


def _tensor(nodes: np.ndarray, growth: Growth) -> torch.Tensor:
    return torch.from_numpy(nodes).to(growth.context.device)
