"""One training step, as an objective sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recbox.errors import UnsupportedError

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

    @property
    def items(self) -> torch.Tensor:
        """int64 `[B + B n]`: the positives, and behind them the negatives where there are some."""
        import torch

        return self.item if self.negative is None else torch.cat([self.item, self.negative.flatten()])


@dataclass(frozen=True)
class Embedding:
    """Vectors of all nodes, users first and items after them; behind these entities, where the graph has any.
    Of the batch's nodes alone with `train.propagation: sampled`, and where all terms say `Objective.sampled`.

    hops: `[N, d]` each; `hops[0]` is what the encoders give, `hops[h]` what hop h gives.
    final: `[N, D]`, the hops combined.
    nodes: int64 `[N]`, ascending, the node of each row; None: all nodes, in order.

    Stability: stable for callers.
    """

    final: torch.Tensor
    hops: tuple[torch.Tensor, ...]
    nodes: torch.Tensor | None = None

    def rows(self, nodes: torch.Tensor) -> torch.Tensor:
        """int64, of the shape of `nodes`: the rows of these nodes. An UnsupportedError where one has none."""
        if self.nodes is None:
            return nodes
        return _found(self.nodes, nodes)

    def at(self, nodes: torch.Tensor, hop: int | None = None) -> torch.Tensor:
        """`[..., d]` of int64 `[...]`: these nodes' final vectors, or those of a hop. The gradient takes half
        the time of that of an index, for nothing is sorted."""
        table = self.final if hop is None else self.hops[hop]
        return table.index_select(0, self.rows(nodes).flatten()).view(*nodes.shape, table.shape[1])


@dataclass
class Step:
    """What an objective may use. It never owns a loop, an optimizer or a device.

    score(users, items): float `[...]`, scores of pairs in the main view; the two index tensors broadcast.
    block(users, items): float `[n, m]`, scores of each user against each item in the main view.
    known(users, items): bool, True where a user has a training interaction with an item.
    score_vectors, block_vectors: the same of vectors, without `prior`.
    excluded(users, items): bool, True where an item is no negative of a user: known, or not a candidate.
    offset: where items begin in `Embedding` rows.
    popularity: float `[items]`, the probability with which a positive of the batch is each item.
    proposal: float `[items]`, the probability with which `train.negative` draws each item.
    generator: a CPU stream of this epoch and step; it moves no other draw.
    cold: bool `[items]`, the items that `train.candidate` leaves out of what a positive is set against; None:
    none.
    prior: float32 `[items]`, what items' scores have beside what the head makes of vectors (`Head.prior`);
    None: nothing.

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
    prior: torch.Tensor | None = None
    seen: dict[View | None, Embedding] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """Where items end in `Embedding` rows; what is behind them are nodes of other types."""
        return self.offset + len(self.popularity)

    def embed(self, view: View | None = None) -> Embedding:
        """Vectors of all nodes under `view` (None: the whole graph), computed once per view and step. In the
        main view of the batch's nodes alone where all terms say `sampled`; with `train.propagation: sampled`
        there is no other view."""
        if view not in self.seen:
            self.seen[view] = self.propagate(view)
        return self.seen[view]

    def users(self, index: torch.Tensor) -> torch.Tensor:
        """Final vectors `[..., D]` of users in the main view."""
        return self.embed().at(index)

    def items(self, index: torch.Tensor) -> torch.Tensor:
        """Final vectors `[..., D]` of items in the main view."""
        return self.users(index + self.offset)

    def score(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Scores `[...]` of pairs; the two index tensors broadcast against each other."""
        import torch

        # One look-up for both, because each has a gradient of its own.
        both = self.users(torch.cat([users.flatten(), items.flatten() + self.offset]))
        one, other = torch.split(both, [users.numel(), items.numel()])
        scores = self.score_vectors(one.view(*users.shape, -1), other.view(*items.shape, -1))
        return scores if self.prior is None else scores + self.prior[items]

    def block(self, users: torch.Tensor, items: torch.Tensor | None = None) -> torch.Tensor:
        """Scores `[n, m]` of each user against each of `items` (None: every item)."""
        found = self.embed()
        if items is None and found.nodes is not None:
            raise _lacking("all items")
        across = found.final[self.offset : self.end] if items is None else self.items(items)
        scores = self.block_vectors(self.users(users), across)
        if self.prior is None:
            return scores
        return scores + (self.prior if items is None else self.prior[items])

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


def _found(those: torch.Tensor, nodes: torch.Tensor) -> torch.Tensor:
    """Where `nodes` stand among `those`, which ascend and are some."""
    import torch

    place = torch.searchsorted(those, nodes.contiguous()).clamp_max(len(those) - 1)
    if not torch.equal(those[place], nodes):
        raise _lacking("nodes outside the batch")
    return place


def _lacking(what: str) -> UnsupportedError:
    return UnsupportedError(
        f"a term of the loss asks for vectors of {what}",
        why="with `propagation: sampled`, or where all terms say `sampled`, a step has those of its batch",
        instead="train: {propagation: full}, and `sampled` False where the term is written",
    )
