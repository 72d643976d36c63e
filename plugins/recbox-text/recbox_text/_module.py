"""The module behind all encoders of this package: given vectors, and a map to `dim` columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from recbox.plugin import Spec, init
from recbox_text import _fixed

if TYPE_CHECKING:
    from recbox_text.projected import Projected


class Given(nn.Module):
    """`projection(vector[nodes])`. Vectors are no part of the state: they are made again, or read."""

    def __init__(self, vectors: np.ndarray, projection: nn.Module) -> None:
        super().__init__()
        self.register_buffer("vector", torch.from_numpy(vectors), persistent=False)
        self.register_buffer("every", torch.arange(len(vectors)), persistent=False)
        self.projection = projection

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        # All nodes in order, as full propagation asks for them: no copy.
        whole = len(nodes) == len(self.vector) and torch.equal(nodes, self.every)
        return self.projection(self.vector if whole else self.vector[nodes])


def build(options: Projected, vectors: np.ndarray, spec: Spec) -> nn.Module:
    """vectors: [count, w] of all nodes; the module gives `spec.dim` columns."""
    given = _fixed.unit(vectors) if options.normalise else vectors.astype(np.float32)
    if options.train == "frozen":
        fixed = _fixed.whitened if options.projection == "whiten" else _fixed.closest
        return Given(fixed(given, spec.dim), nn.Identity())
    if options.projection == "whiten":
        given = _fixed.whitened(given, given.shape[1])
    return Given(given, _projection(options, given.shape[1], spec))


def _projection(options: Projected, width: int, spec: Spec) -> nn.Module:
    generator = spec.generator
    if options.projection != "mlp":
        return init.linear(width, spec.dim, generator)
    hidden = options.hidden or spec.dim
    layers = init.linear(width, hidden, generator), nn.GELU(), init.linear(hidden, spec.dim, generator)
    return nn.Sequential(*layers)
