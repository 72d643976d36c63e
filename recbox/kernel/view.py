"""A view: what one pass leaves out of a graph, and what it adds.

A frozen record, so that passes can be shared by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch


@dataclass(frozen=True, eq=False)
class View:
    """What one pass leaves out of the graph, and what it adds. Compared by identity: two draws are two views.

    keep: bool `[edges]` of the graph's union, True for the edges that stay; both directions of an edge agree.
    drop: bool `[nodes]`, True for nodes that lose all their edges.
    layers: a view for each layer, the first layer's first, in place of `keep` and `drop`; of each of them
    only these two count.
    noise: called with the number of a hop and what it gives, `[nodes, d]`; what it returns stands in its
    place. Hop 0 is what the encoders give, 1 the first layer. It is called once for each, in order, and
    changes nothing that it is handed.

    Stability: stable for callers.
    """

    keep: torch.Tensor | None = None
    drop: torch.Tensor | None = None
    layers: tuple[View, ...] = ()
    noise: Callable[[int, torch.Tensor], torch.Tensor] | None = None
