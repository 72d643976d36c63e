"""What the scores of a fitted method are made of, so that another program can compute them.

Found out, and not asked: a method has vectors; or it scores a history, and each item's part is what somebody
gets who has that item alone; or it is vectors and a network.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import UnsupportedError
from recbox.plugin import NewUsers, Scorer
from recbox.recommender import GraphScorer

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from torch import nn

BYTES = 64 << 20
"""Scores in memory at once."""
SPARSE = 0.25
"""Entries that are not 0, up to which a matrix is kept sparse."""
LOOKED = 64
"""Rows by which that is told."""


@dataclass(frozen=True, eq=False)
class Vectors:
    """float32 `[users, d]` and `[items, d]`, whose products are the scores; biases and priors are in them."""

    user: np.ndarray
    item: np.ndarray


@dataclass(frozen=True, eq=False)
class Sum:
    """A score is the sum of the user's items' rows of a matrix `[items, items]`, float32: all of it, or the
    entries that are not 0. history: `[users, items]` of ones, what the method was fitted on."""

    scorer: Scorer
    history: csr_matrix
    sparse: bool

    @property
    def items(self) -> int:
        return self.scorer.shape[1]

    def rows(self) -> Iterator[tuple[slice, np.ndarray]]:
        """The matrix, some rows at a time."""
        step = max(1, BYTES // (4 * max(self.items, 1)))
        for start in range(0, self.items, step):
            some = slice(start, min(start + step, self.items))
            yield some, _alone(self.scorer, np.arange(some.start, some.stop))


@dataclass(frozen=True, eq=False)
class Network:
    """A head `(user [.., d], item [.., d]) -> [..]` over vectors `[users, d]` and `[items, d]`, and what
    items have besides, float32 `[items]`."""

    user: np.ndarray
    item: np.ndarray
    head: nn.Module
    prior: np.ndarray | None


Form = Vectors | Sum | Network


def form_of(scorer: Scorer, history: csr_matrix) -> Form:
    """An `UnsupportedError` for a method that is none of these."""
    if (found := scorer.vectors()) is not None:
        user, item = (vectors.detach().float().cpu().numpy() for vectors in found)
        return Vectors(user, item)
    if isinstance(scorer, GraphScorer):
        prior = None if scorer.prior is None else scorer.prior.cpu().numpy()
        return Network(scorer.user.cpu().numpy(), scorer.item.cpu().numpy(), scorer.head, prior)
    return _sum(scorer, history)


def _sum(scorer: Scorer, history: csr_matrix) -> Sum:
    items = scorer.shape[1]
    looked = np.unique(np.linspace(0, items - 1, min(LOOKED, items)).astype(np.int64))
    try:
        some = _alone(scorer, looked)
    except UnsupportedError as error:
        raise UnsupportedError(
            "the method can't be written for use elsewhere",
            why=f"it has no vectors, and {error.what}",
            instead="ask it through recbox: `recbox recommend`, or `recbox.load(...).recommend`",
        ) from error
    if not np.isfinite(some).all():
        raise UnsupportedError("the method scores some items -inf, so that its scores are no sums")
    return Sum(scorer, history, float((some != 0).mean()) < SPARSE)


def _alone(scorer: Scorer, items: np.ndarray) -> np.ndarray:
    """float32 `[n, items]`: the scores of users who have one of these items, and nothing else."""
    one = scorer.new_users(NewUsers.of([[item] for item in items]))
    return one.block(np.arange(len(items))).detach().float().cpu().numpy()
