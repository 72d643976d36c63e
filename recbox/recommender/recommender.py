"""The module that is trained: vectors of all nodes, and a head that scores them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import polars as pl
import torch
from torch import nn

from recbox.kernel import Graph, View
from recbox.plugin import Embedding


class Fused(nn.Module):
    """The encoders of one node type: their vectors summed or side by side. `width`: columns of the result."""

    def __init__(self, parts: Sequence[nn.Module], fuse: str, count: int, dim: int) -> None:
        super().__init__()
        self.part = nn.ModuleList(parts)
        self.fuse = fuse
        self.count, self.dim = count, dim
        self.width = dim * len(parts) if fuse == "concat" else dim

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        vectors = [part(nodes) for part in self.part]
        return self._fused(vectors)

    def fresh(self, table: pl.DataFrame) -> torch.Tensor:
        """Vectors `[n, width]` of new nodes, a row of features each. A part that knows nodes by their place
        alone knows nothing of them and gives zeros."""
        zeros = next(self.parameters()).new_zeros(table.height, self.dim)
        vectors = [part.fresh(table) if hasattr(part, "fresh") else zeros for part in self.part]
        return self._fused(vectors)

    def _fused(self, vectors: Sequence[torch.Tensor]) -> torch.Tensor:
        return torch.cat(list(vectors), dim=1) if self.fuse == "concat" else reduce(torch.add, vectors)


COMBINE = {
    "last": lambda hops: hops[-1],
    "sum": lambda hops: reduce(torch.add, hops),
    "mean": lambda hops: reduce(torch.add, hops) / len(hops),
    "concat": lambda hops: torch.cat(hops, dim=1),
}
"""How the encoder's vectors and every hop's become the final ones: `[N, d]` each, to `[N, D]`."""


class Recommender(nn.Module):
    """encoder → layers → combine, for all nodes at once; users are the first rows and items the next."""

    def __init__(
        self, encoder: nn.ModuleDict, layer: nn.ModuleList, combine: str, head: nn.Module, bf16: bool
    ) -> None:
        super().__init__()
        self.encoder, self.layer, self.head = encoder, layer, head
        self.combine = combine
        self.bf16 = bf16
        """Propagate in bfloat16; parameters, combination and scores stay in float32."""

    @property
    def counts(self) -> tuple[int, int]:
        """(users, items)."""
        return self.encoder["user"].count, self.encoder["item"].count

    def first(self) -> torch.Tensor:
        """What the encoders give: `[N, d]`."""
        device = next(self.parameters()).device
        return torch.cat([e(torch.arange(e.count, device=device)) for e in self.encoder.values()])

    def forward(self, graph: Graph, view: View | None = None) -> Embedding:
        """Vectors of all nodes, with messages passed over `graph` as `view` leaves it."""
        if view is not None:
            graph = graph.view(view)
        hops = [self.first()]
        x = hops[0].bfloat16() if self.bf16 else hops[0]
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bf16):
            for layer in self.layer:
                x = layer(graph, x)
                hops.append(x.float())
        return Embedding(COMBINE[self.combine](hops), tuple(hops))
