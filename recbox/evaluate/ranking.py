"""Exact full ranking: every item that a user has not seen, in tiles, so that memory stays bounded."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import DataError, KernelError, OptionError, PluginError
from recbox.evaluate.shortlists import shortlists

if TYPE_CHECKING:
    import torch

    from recbox.context import Context
    from recbox.evaluate.truth import Truth
    from recbox.plugin import Scorer

BYTES = 64 * 2**20
"""Scores held at once, about."""
ACCELERATED = 512 * 2**20
"""The same on an accelerator."""
SOME = 64
"""Users whose scores show whether all candidates tie."""
LONG = 1000
"""Lists of up to this length are made of any catalogue, however small; past its end they are empty."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """users: int64 `[n]`. items: int32 `[n, k]`, best first; -1 past the end of a list that is shorter than k
    because the user has seen nearly everything. seconds: what ranking took. proven: how many of the lists
    came of a shortlist, without all items' scores in float32."""

    users: np.ndarray
    items: np.ndarray
    seconds: float
    proven: int = 0


def rank(scorer: Scorer, truth: Truth, k: int, context: Context, *, title: str = "") -> Ranking:
    """The k best unseen items of every user who has something to find, by score; ties: the lower inner id.

    A score of -inf means "never": such an item is not recommended. Users are scored in tiles, so that memory
    does not grow with users × items. A matrix product may round a row differently among few rows than among
    many, so a scorer is always asked for a tile of the same number of users, which depends on the catalogue
    and the device alone. Lists that can be proven without the scorer's own scores (see `shortlists`) are the
    same.

    An `OptionError` for a scorer of another shape than the data, or a k past all reason; a `DataError` for
    scores that are not numbers.
    """
    _check(scorer, truth, k, title)
    began, users = time.perf_counter(), truth.users
    best = np.full((len(users), k), -1, dtype=np.int32)
    board = _Board(scorer, truth, title)
    with context.progress.task(title or "Ranking", len(users), "user") as task:
        left, advance = np.ones(len(users), bool), task.advance
        for some, items, proven in shortlists(scorer, truth.seen, users, k, truth.closed):
            best[some][proven], left[some] = items[proven], ~proven
            advance(int(proven.sum()))
        rest = np.flatnonzero(left)
        for start in range(0, len(rest), board.tile):
            part = rest[start : start + board.tile]
            best[part, : truth.items] = board.best(users[part], k)
            advance(len(part))
    return Ranking(users, best, time.perf_counter() - began, len(users) - len(rest))


def ties(scorer: Scorer, truth: Truth) -> bool:
    """Whether all candidates are scored alike where not all items are some, so that a list would go by their
    ids; the first users that are judged are looked at."""
    if truth.closed is None or truth.candidates < 2:
        return False
    scores = scorer.block(truth.users[:SOME])[:, np.flatnonzero(~truth.closed)]
    return bool((scores == scores[:, :1]).all())


def _check(scorer: Scorer, truth: Truth, k: int, title: str) -> None:
    users, items = len(truth.seen.counts), truth.items
    if scorer.shape != (users, items):
        made = f"{scorer.shape[0]:,} users and {scorer.shape[1]:,} items"
        raise OptionError(f"the scorer is made for {made}, the data has {users:,} and {items:,}", where=title)
    if k > max(items, LONG):
        raise OptionError(f"a list of {k:,} is longer than the catalogue of {items:,} items", where=title)


def _tile(items: int, accelerated: bool) -> int:
    """Users in one call of a scorer: a power of two from 16, above the kernels for few rows, to 128.

    At most 32 MiB where that is possible: larger allocations go back to the system each time, and a quarter
    of the product's time is then spent on fresh pages. An accelerator has no such pages, and wants much to do
    at once.
    """
    fit = (ACCELERATED if accelerated else BYTES // 2) // (4 * max(items, 1))
    return min(2048 if accelerated else 128, max(16, 1 << max(fit, 1).bit_length() - 1))


def _accelerated(scorer: Scorer) -> bool:
    """Whether scores are products of vectors on another device than the processor."""
    vectors = scorer.vectors()
    return vectors is not None and vectors[0].device.type != "cpu"


class _Board:
    """All items' scores for a tile of users."""

    def __init__(self, scorer: Scorer, truth: Truth, title: str) -> None:
        self.scorer, self.seen, self.title = scorer, truth.seen, title
        self.tile = _tile(truth.items, _accelerated(scorer))
        self.closed = None if truth.closed is None else np.flatnonzero(truth.closed)

    def best(self, users: np.ndarray, k: int) -> np.ndarray:
        """`[len(users), min(k, items)]`: items by score, -1 where none is left. users: a tile or fewer, which
        is filled up with users that are dropped."""
        import torch

        with torch.no_grad():
            filled = np.resize(users, self.tile)
            scores = self._checked(self.scorer.block(filled), filled)[: len(users)]
            row, item = self.seen.pairs(users)
            flat = torch.from_numpy(row * scores.shape[1] + item).to(scores.device)
            scores.view(-1).index_fill_(0, flat, -torch.inf)
            if self.closed is not None:
                scores[:, torch.from_numpy(self.closed).to(scores.device)] = -torch.inf
            value, index = self._top_k(scores, k, users)
            return torch.where(value == -torch.inf, -1, index).cpu().numpy()

    def _checked(self, scores: torch.Tensor, users: np.ndarray) -> torch.Tensor:
        expected = (len(users), self.scorer.shape[1])
        if scores.shape != expected:
            raise PluginError(
                f"the scorer gives a block of shape {tuple(scores.shape)}, not {expected}",
                where=self.title,
                instead="tell the author of the method",
            )
        return scores

    def _top_k(self, scores: torch.Tensor, k: int, users: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        from recbox.kernel import top_k

        try:
            return top_k(scores, k)
        except KernelError as error:  # it sees a nan by the way, where looking for one would take a pass
            bad = scores.isnan().any(dim=1).nonzero()
            if not len(bad):
                raise
            raise DataError(
                f"some scores are not a number, the first for the user with inner id {users[int(bad[0, 0])]}",
                where=self.title,
                why="the training diverged, or the data holds values that overflow",
                instead="lower the learning rate or the weights of the loss",
            ) from error
