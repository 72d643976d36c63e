"""Blocks: one hop of some nodes, over a few of each one's neighbours.

Torch draws them on both kernels. DGL's sampler follows one seed of the whole process and draws otherwise with
another number of threads, so that a run could be neither repeated nor resumed to the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import pad

from recbox.kernel.norm import Scale
from recbox.kernel.part import Part
from recbox.kernel.structure import Structure, runs

if TYPE_CHECKING:
    from recbox.kernel.graph import Graph

_NOWHERE = 2**62


@dataclass(frozen=True, eq=False)
class Block:
    """What was drawn of a graph. part: of its edges, rows being the nodes that were asked for, columns the
    sources. nodes: int64 `[n]`; sources: int64 `[s]`, the nodes first. stands: float32 `[n]`, for how many
    edges each of a node's edges stands, or None where all are there.

    That many times an edge's message, in sum over those that were drawn, is the sum over all of the node's
    edges on average: each of its d edges is among k with the chance k / d.
    """

    part: Part
    nodes: torch.Tensor
    sources: torch.Tensor
    stands: torch.Tensor | None

    def weight(self) -> torch.Tensor | None:
        """float32 `[e]`, or None where all are 1: the edges' weights, times how many each stands for."""
        own = self.part.weight
        if self.stands is None:
            return own
        each = self.stands[self.part.structure.rows]
        return each if own is None else own * each

    def scale(self, whole: Scale) -> Scale:
        """The normalised adjacency of a graph, in the rows of the nodes and the columns of the sources."""
        left = self.stands
        if whole.left is not None:
            left = whole.left[self.nodes] if left is None else whole.left[self.nodes] * left
        right = None if whole.right is None else whole.right[self.sources]
        return Scale(self.part.structure, self.part.weight, left, right)


def draw(whole: Part, nodes: torch.Tensor, fanout: int, generator: torch.Generator) -> Block:
    """For each of `nodes` (none twice) up to `fanout` of its edges, any such set as likely as any other."""
    s = whole.structure
    start, length = s.indptr[nodes], s.indptr[nodes + 1] - s.indptr[nodes]
    taken = length.clamp_max(fanout)
    row, edge = runs(start, taken)
    more = length > fanout
    partly = bool(more.any())
    if partly:
        among = subsets(length[more], fanout, generator)
        edge[more[row]] = (start[more] + among).T.flatten()
    sources, column = _numbered(s, nodes, s.indices[edge])
    structure, order = Structure.of_rows(pad(taken.cumsum(0), (1, 0)), column, len(sources))
    weight = None if whole.weight is None else whole.weight[edge[order]]
    stands = (length / taken.clamp_min(1)).float() if partly else None
    return Block(Part(structure, weight), nodes, sources, stands)


def blocks_of(
    graph: Graph, nodes: torch.Tensor, fanout: Sequence[int], generator: torch.Generator
) -> tuple[list[Graph], torch.Tensor]:
    """A block for each hop, the outermost first, whose sources come with them. fanout: of each hop, from that
    of `nodes` on outwards."""
    found: list[Graph] = []
    for count in fanout:
        block, nodes = graph.block(nodes, count, generator)
        found.append(block)
    return found[::-1], nodes


def subsets(length: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    """int64 `[count, m]`: in column j different numbers below `length[j]`, which is at least `count`.

    Floyd's algorithm (Bentley & Floyd 1987) for all columns at once: in time and memory they cost what is
    drawn, and not what it is drawn from.
    """
    uniform = torch.rand(count, len(length), dtype=torch.float64, generator=generator).to(length.device)
    chosen = torch.empty(count, len(length), dtype=torch.int64, device=length.device)
    for i in range(count):
        last = length - count + i
        guess = torch.minimum((uniform[i] * (last + 1)).long(), last)
        chosen[i] = torch.where((chosen[:i] == guess).any(0), last, guess)
    return chosen


def _numbered(s: Structure, nodes: torch.Tensor, found: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The sources, and of each of `found` its place there: the nodes, then others as they come up first."""
    place: torch.Tensor = s.cached(
        "place", lambda: torch.full((s.n_columns,), _NOWHERE, dtype=torch.int64, device=s.device)
    )
    every = torch.cat([nodes, found])
    number = torch.arange(len(every), device=s.device)
    place.scatter_reduce_(0, every, number, "amin")  # a sort would take ten times as long
    first = place[every]
    new = first == number
    sources = every[new]
    place.index_fill_(0, sources, _NOWHERE)
    return sources, (new.cumsum(0) - 1)[first[len(nodes) :]]
