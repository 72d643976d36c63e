"""Layers for the tests of the kit: one that keeps the laws, and one that needs an option and fails."""

from __future__ import annotations

from typing import Literal, final

from recbox.plugin import Layer


@final
class Hop(Layer):
    """A layer of many options."""

    norm: Literal["sym", "row"] = "sym"
    """How."""
    plain: bool = True
    """Whether."""
    k: int = 3
    """How many."""

    def width(self, width: int, dim: int) -> int:
        return width

    def build(self, spec):
        from torch import nn

        norm = self.norm

        class Propagate(nn.Module):
            def forward(self, graph, x):
                return graph.propagate(x, norm)

        return Propagate()


@final
class Needy(Layer):
    """A layer with a required option."""

    examples = ({"k": 1}, {"k": 2})
    k: int
    """How many."""

    def build(self, spec):
        raise ValueError("no")
