"""The module behind all encoders of this package: given vectors, and a map to `dim` columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import torch
from torch import nn

from recbox.plugin import History, Spec, init
from recbox_text._fixed import Map, Prepared, ridged

if TYPE_CHECKING:
    from recbox_text.projected import Projected, Read


class Given(nn.Module):
    """`projection(vector[nodes])`. Vectors are no part of the state: they are made again, or read.

    base: the mark of what they are made with, if it is a text model.
    """

    def __init__(
        self, vectors: np.ndarray, projection: nn.Module, read: Read, base: nn.Module | None
    ) -> None:
        super().__init__()
        self.base = base
        self.register_buffer("vector", torch.from_numpy(vectors), persistent=False)
        self.register_buffer("every", torch.arange(len(vectors)), persistent=False)
        self.projection, self.read = projection, read

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        # All nodes in order, as full propagation asks for them: no copy.
        whole = len(nodes) == len(self.vector) and torch.equal(nodes, self.every)
        return self.projection(self.vector if whole else self.vector[nodes])

    @torch.no_grad()
    def fresh(self, table: pl.DataFrame, history: History | None = None) -> torch.Tensor:
        """float [n, dim]: rows of nodes that aren't among those that it was made for."""
        return self.projection(torch.from_numpy(self.read(table, history)).to(self.vector))


def build(
    options: Projected, vectors: np.ndarray, spec: Spec, read: Read, base: nn.Module | None = None
) -> nn.Module:
    """vectors: [count, w] of all nodes; the module gives `spec.dim` columns. read: those of new ones."""
    fixed = Prepared.of(options, vectors, spec.dim)
    given = fixed(vectors)
    return Given(given, way(options, given, spec), lambda table, history: fixed(read(table, history)), base)


def way(options: Projected, given: np.ndarray, spec: Spec) -> nn.Module:
    """What is learned, if anything is, here or by another encoder. given: the vectors that go in, [n, w]."""
    if options.share is not None:
        from recbox_text._shared import Shared

        return Shared.of(options.share, given.shape[1], spec)
    if options.train == "frozen":
        return nn.Identity()
    if options.projection == "ridge":
        return _beginning(ridged(given, spec.dim, options.penalty), spec)
    return projection(options, given.shape[1], spec)


@torch.no_grad()
def _beginning(map: Map, spec: Spec) -> nn.Linear:
    """A linear map that learns, and does at first what `map` does."""
    layer = init.linear(*map.matrix.shape, spec.generator)
    layer.weight.copy_(torch.from_numpy(map.matrix.T))
    layer.bias.copy_(torch.from_numpy(-map.mean @ map.matrix))
    return layer


def projection(options: Projected, width: int, spec: Spec) -> nn.Module:
    """What is learned of the way to `dim` columns."""
    generator = spec.generator
    if options.projection != "mlp":
        return init.linear(width, spec.dim, generator)
    hidden = options.hidden or spec.dim
    layers = init.linear(width, hidden, generator), nn.GELU(), init.linear(hidden, spec.dim, generator)
    return nn.Sequential(*layers)
