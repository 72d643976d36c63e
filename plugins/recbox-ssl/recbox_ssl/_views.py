"""Where the two views of a contrast come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

from recbox.plugin import Graph, Step, View

Pair = tuple[View, View]
Draw = Callable[[Step, torch.Generator], View]
"""One view of a step's graph."""


class Views(Protocol):
    """Two views for a step."""

    def epoch(self, number: int) -> None: ...

    def __call__(self, step: Step) -> Pair: ...


class StepViews:
    """Drawn for each step."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def epoch(self, number: int) -> None:
        """Nothing is kept."""

    def __call__(self, step: Step) -> Pair:
        return self.draw(step, step.generator), self.draw(step, step.generator)


class EpochViews:
    """Drawn by the first step of each epoch, so that a resumed run has the same. What a view leaves of the
    graph is then made once for an epoch too."""

    def __init__(self, draw: Draw) -> None:
        self.fresh = StepViews(draw)
        self.pair: Pair | None = None

    def epoch(self, number: int) -> None:
        self.pair = None

    def __call__(self, step: Step) -> Pair:
        if self.pair is None:
            self.pair = self.fresh(step)
        return self.pair


class Dropped:
    """A share of the edges or of the nodes left out, once or for each layer."""

    def __init__(self, by: str, share: float) -> None:
        self.by, self.share = by, share

    def __call__(self, step: Step, generator: torch.Generator) -> View:
        if self.by == "walk":
            layers = len(step.embed().hops) - 1
            return View(layers=tuple(self._one(step.graph, generator) for _ in range(layers)))
        return self._one(step.graph, generator)

    def _one(self, graph: Graph, generator: torch.Generator) -> View:
        drop = graph.node_dropout if self.by == "node" else graph.edge_dropout
        return drop(self.share, generator)
