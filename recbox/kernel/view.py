"""A view: what is left out of a graph for one pass. A frozen record, so that passes can be shared by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class View:
    """What is left out of the graph for one pass. Compared by identity: two draws are two views.

    keep: bool `[edges]` of the graph's union, True for the edges that stay; both directions of an edge agree.
    drop: bool `[nodes]`, True for nodes that lose all their edges.

    Stability: stable for callers.
    """

    keep: torch.Tensor | None = None
    drop: torch.Tensor | None = None
