"""A training step over free vectors, so that what a loss makes of scores can be seen at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import torch
from torch import nn

from recbox.context import Context
from recbox.contract.world import graph, world
from recbox.errors import UnsupportedError
from recbox.kernel import Graph, View
from recbox.plugin import Batch, Embedding, Step
from recbox.train.known import Known

SIZE, DRAWN, DIM, HOPS = 8, 3, 8, 2
"""Positives of a batch, negatives of each, the width of free vectors, and the hops that go out from them."""


class Inner(nn.Module):
    """The kit's own head: the inner product."""

    def forward(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        return (user * item).sum(-1)

    def block(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        return user @ item.T


@dataclass(frozen=True, eq=False)
class Toy:
    """vectors: float `[N, D]` of the world's users, then its items, then its entities. popularity, proposal:
    float `[items]`. key: which of the streams of random numbers a step has. cold: bool `[items]`, what is no
    candidate, or None. hops: how many go out from the vectors. concat: final vectors are all hops side by
    side, and not those that everything begins with. sampled: the main view has the batch's nodes alone, and
    there is no other."""

    vectors: torch.Tensor
    batch: Batch
    popularity: torch.Tensor
    proposal: torch.Tensor
    graph: Graph
    key: int = 0
    cold: torch.Tensor | None = None
    hops: int = HOPS
    concat: bool = False
    sampled: bool = False

    def step(self, term: nn.Module | None = None) -> Step:
        """A step whose main view has the vectors as they are, so that scores are their inner products; the
        hops after them, and every other view, pass messages over the graph. term: what may add noise to
        the hops of the main view."""
        head, own = Inner(), self._main(term)
        return Step(
            batch=self.batch,
            graph=self.graph,
            offset=users(),
            popularity=self.popularity,
            proposal=self.proposal,
            generator=Context().generator("contract.objective", self.key),
            propagate=lambda view: self._cut(
                self._propagate(own if view is None else view, view is None), view
            ),
            score_vectors=head,
            block_vectors=head.block,
            find_known=known().mask,
            cold=self.cold,
        )

    def _main(self, term: nn.Module | None) -> View:
        disturb: Callable[..., torch.Tensor] | None = getattr(term, "disturb", None)
        if disturb is None:
            return View()
        return View(noise=partial(disturb, Context().generator("contract.noise", self.key)))

    def _propagate(self, view: View, main: bool) -> Embedding:
        hops = [self.vectors if view.noise is None else view.noise(0, self.vectors)]
        for hop, around in enumerate(self.graph.views(view, self.hops), 1):
            x = hops[-1] + around.propagate(hops[-1])
            hops.append(x if view.noise is None else view.noise(hop, x))
        if self.concat:
            return Embedding(torch.cat(hops, 1), tuple(hops))
        return Embedding(hops[0].clone() if main else hops[-1], tuple(hops))

    def _cut(self, found: Embedding, view: View | None) -> Embedding:
        if not self.sampled:
            return found
        if view is not None:
            raise UnsupportedError("a view of the graph, where a step has the batch's nodes alone")
        nodes = torch.unique(torch.cat([self.batch.user, self.batch.items + users()]))
        return Embedding(found.final[nodes], tuple(x[nodes] for x in found.hops), nodes)

    def leaf(self) -> Toy:
        """The same with vectors of its own, that gradients reach."""
        return replace(self, vectors=self.vectors.detach().clone().requires_grad_())


def toy(negatives: int | None = None, *, size: int = SIZE, double: bool = False) -> Toy:
    """Normal vectors `[N, DIM]` and a batch of `size` positives. negatives: how many of each, None: none."""
    around = graph(world().train, types=frozenset({"knowledge"}))
    vectors = torch.randn(around.nodes, DIM, generator=_stream(0))
    cast = torch.float64 if double else torch.float32
    share = torch.arange(1, items() + 1, device="cpu").to(cast)
    proposal = (share + 20) / (share + 20).sum()
    batch = make_batch(size, negatives, cast)
    popularity = share.flip(0) / share.sum()
    return Toy(vectors.to(cast), batch, popularity, proposal, around)


def table(key: int, negatives: int | None) -> Toy:
    """A table of scores, normal about 0.5: users are one-hot rows and items its columns, so that the score of
    user u and item i is the entry [u, i], which can be changed alone; entities are zeros. See `raised`."""
    scores = 0.5 + 0.5 * torch.randn(users(), items(), generator=_stream(1 + key))
    given = toy(negatives)
    behind = torch.zeros(given.graph.nodes - users() - items(), users())
    return replace(given, vectors=torch.cat([torch.eye(users()), scores.T, behind]))


def raised(given: Toy, user: torch.Tensor, item: torch.Tensor, by: float) -> Toy:
    """A table with the scores of these pairs raised."""
    vectors = given.vectors.clone()
    vectors[users() + item, user] += by
    return replace(given, vectors=vectors)


def make_batch(size: int, negatives: int | None, cast: torch.dtype = torch.float32) -> Batch:
    """Interactions of different users with different items; weights are 5, above any score of a table.
    Negatives are unknown to the user and differ within a row."""
    user, item = (torch.from_numpy(column[:size].copy()) for column in _positives())
    drawn = None if negatives is None else torch.from_numpy(_unknown(negatives)[:size].copy())
    return Batch(user, item, torch.full((size,), 5.0, dtype=cast), drawn)


def repeated(batch: Batch, times: int) -> Batch:
    """Each row of a batch so many times."""
    return rows(batch, torch.arange(len(batch.user)).repeat(times))


def rows(batch: Batch, order: torch.Tensor) -> Batch:
    """These rows of a batch."""
    negative = None if batch.negative is None else batch.negative[order]
    return Batch(batch.user[order], batch.item[order], batch.weight[order], negative)


def users() -> int:
    return len(world().train.user)


def items() -> int:
    return len(world().train.item)


def lonely() -> torch.Tensor:
    """bool `[items]`: the items without a training interaction."""
    count = torch.bincount(torch.from_numpy(world().train.interaction.item), minlength=items())
    return count == 0


@cache
def known() -> Known:
    """Who has a training interaction with what."""
    return Known.of(world().train)


@cache
def _positives() -> tuple[np.ndarray, np.ndarray]:
    """SIZE interactions without a user or an item twice."""
    found: dict[int, int] = {}
    x = world().train.interaction
    for user, item in zip(x.user.tolist(), x.item.tolist()):
        if user not in found and item not in found.values() and len(found) < SIZE:
            found[user] = item
    return np.array(list(found)), np.array(list(found.values()))


@cache
def _unknown(count: int) -> np.ndarray:
    """int64 `[SIZE, count]`: items that each user of `_positives` has no training interaction with."""
    mask = known().mask(torch.from_numpy(_positives()[0]))
    rng = np.random.default_rng(0)
    return np.stack([rng.choice(np.flatnonzero(~row), count, replace=False) for row in mask.numpy()])


def _stream(key: int) -> torch.Generator:
    return Context().generator("contract.table", key)
