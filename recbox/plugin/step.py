"""One training step, as an objective sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from recbox.kernel import Graph, View


@dataclass(frozen=True)
class Batch:
    """Known positives and, where an objective asks for them, sampled negatives.

    user, item: int64 `[B]`, indices within their own type. weight: float32 `[B]`, the interaction's weight.
    negative: int64 `[B, n]` item indices that the user has no training interaction with, or None.

    Stability: stable for callers.
    """

    user: torch.Tensor
    item: torch.Tensor
    weight: torch.Tensor
    negative: torch.Tensor | None = None


@dataclass(frozen=True)
class Embedding:
    """Vectors of all nodes, users first and items after them; behind these entities, where the graph has any.

    hops: `[N, d]` each; `hops[0]` is what the encoders give, `hops[h]` what hop h gives.
    final: `[N, D]`, the hops combined.

    Stability: stable for callers.
    """

    final: torch.Tensor
    hops: tuple[torch.Tensor, ...]


@dataclass
class Step:
    """What an objective may use. It never owns a loop, an optimizer or a device.

    score(users, items): float `[...]`, scores of pairs in the main view; the two index tensors broadcast.
    block(users, items): float `[n, m]`, scores of each user against each item in the main view.
    known(users, items): bool, True where a user has a training interaction with an item.
    excluded(users, items): bool, True where an item is no negative of a user: known, or not a candidate.
    offset: where items begin in `Embedding` rows.
    popularity: float `[items]`, the probability with which a positive of the batch is each item.
    proposal: float `[items]`, the probability with which `train.negative` draws each item.
    generator: a CPU stream of this epoch and step; it moves no other draw.
    cold: bool `[items]`, the items that `train.candidate` leaves out of what a positive is set against; None:
    none.

    Stability: stable for callers.
    """

    batch: Batch
    graph: Graph
    offset: int
    popularity: torch.Tensor
    proposal: torch.Tensor
    generator: torch.Generator
    propagate: Callable[[View | None], Embedding]
    score_vectors: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    block_vectors: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    find_known: Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor]
    cold: torch.Tensor | None = None
    seen: dict[View | None, Embedding] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """Where items end in `Embedding` rows; what is behind them are nodes of other types."""
        return self.offset + len(self.popularity)

    def embed(self, view: View | None = None) -> Embedding:
        """Vectors of all nodes under `view` (None: the whole graph), computed once per view and step."""
        if view not in self.seen:
            self.seen[view] = self.propagate(view)
        return self.seen[view]

    def users(self, index: torch.Tensor) -> torch.Tensor:
        """Final vectors `[..., D]` of users in the main view."""
        return self.embed().final[index]

    def items(self, index: torch.Tensor) -> torch.Tensor:
        """Final vectors `[..., D]` of items in the main view."""
        return self.embed().final[index + self.offset]

    def score(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Scores `[...]` of pairs; the two index tensors broadcast against each other."""
        return self.score_vectors(self.users(users), self.items(items))

    def block(self, users: torch.Tensor, items: torch.Tensor | None = None) -> torch.Tensor:
        """Scores `[n, m]` of each user against each of `items` (None: every item)."""
        across = self.embed().final[self.offset : self.end] if items is None else self.items(items)
        return self.block_vectors(self.users(users), across)

    def known(self, users: torch.Tensor, items: torch.Tensor | None = None) -> torch.Tensor:
        """bool `[n, m]`: True where users[i] has a training interaction with items[j] (None: every item)."""
        return self.find_known(users, items)

    def excluded(self, users: torch.Tensor, items: torch.Tensor | None = None) -> torch.Tensor:
        """bool `[n, m]`: True where items[j] (None: every item) is not to be set against what users[i] took:
        known to that user, or left out by `train.candidate`."""
        known = self.known(users, items)
        if self.cold is None:
            return known
        return known | (self.cold if items is None else self.cold[items])
