"""Exact full ranking: every item that a user has not seen, in blocks, so that memory stays bounded."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import DataError, KernelError, OptionError, PluginError

if TYPE_CHECKING:
    import torch

    from recbox.context import Context
    from recbox.evaluate.truth import Truth
    from recbox.plugin import Scorer

BYTES = 64 * 2**20
"""Scores held at once, about."""
SOME = 64
"""Users whose scores show whether all candidates tie."""
LONG = 1000
"""Lists of up to this length are made of any catalogue, however small; past its end they are empty."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """users: int64 `[n]`. items: int32 `[n, k]`, best first; -1 past the end of a list that is shorter than k
    because the user has seen nearly everything. seconds: what ranking took."""

    users: np.ndarray
    items: np.ndarray
    seconds: float


def rank(
    scorer: Scorer, truth: Truth, k: int, context: Context, *, title: str = "", block: int | None = None
) -> Ranking:
    """The k best unseen items of every user who has something to find, by score; ties: the lower inner id.

    A score of -inf means "never": such an item is not recommended. `block` is how many users are ranked at
    once (None: as many as 64 MiB hold), in whole tiles. It changes nothing in the result, bit for bit: a
    matrix product may round a row differently among few rows than among many, so a scorer is always asked
    for a tile of users, whose number depends on the catalogue alone.

    An `OptionError` for a scorer of another shape than the data, or a k past all reason; a `DataError` for
    scores that are not numbers.
    """
    _check(scorer, truth, k, title)
    began, users = time.perf_counter(), truth.users
    best = np.full((len(users), k), -1, dtype=np.int32)
    tile = _tile(truth.items)
    board = _Board(scorer, truth, tile, title)
    rows = tile * max(1, (block or BYTES // (4 * max(truth.items, 1))) // tile)
    with context.progress.task(title or "Ranking", len(users), "user") as task:
        for start in range(0, len(users), rows):
            part = users[start : start + rows]
            best[start : start + rows, : truth.items] = board.best(part, k)
            task.advance(len(part))
    return Ranking(users, best, time.perf_counter() - began)


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


def _tile(items: int) -> int:
    """Users in one call of a scorer: a power of two from 16, above the kernels for few rows, to 128.

    At most 32 MiB where that is possible: larger allocations go back to the system each time, and a quarter
    of the product's time is then spent on fresh pages.
    """
    fit = BYTES // 2 // (4 * max(items, 1))
    return min(128, max(16, 1 << max(fit, 1).bit_length() - 1))


class _Board:
    """Scores of a block of users, in memory that is used again for the next block."""

    def __init__(self, scorer: Scorer, truth: Truth, tile: int, title: str) -> None:
        self.scorer, self.seen, self.tile, self.title = scorer, truth.seen, tile, title
        self.closed = None if truth.closed is None else np.flatnonzero(truth.closed)
        self.buffer: torch.Tensor | None = None

    def best(self, users: np.ndarray, k: int) -> np.ndarray:
        """`[len(users), min(k, items)]`: items by score, -1 where none is left."""
        import torch

        with torch.no_grad():
            scores = self._scores(users)
            row, item = self.seen.pairs(users)
            flat = torch.from_numpy(row * scores.shape[1] + item).to(scores.device)
            scores.view(-1).index_fill_(0, flat, -torch.inf)
            if self.closed is not None:
                scores[:, torch.from_numpy(self.closed).to(scores.device)] = -torch.inf
            value, index = self._top_k(scores, k, users)
            return torch.where(value == -torch.inf, -1, index).cpu().numpy()

    def _scores(self, users: np.ndarray) -> torch.Tensor:
        """float32 `[len(users), items]`, tile by tile; the last is filled up with users that are dropped."""
        filled = np.resize(users, -(-len(users) // self.tile) * self.tile)
        for start in range(0, len(filled), self.tile):
            some = slice(start, start + self.tile)
            scores = self._checked(self.scorer.block(filled[some]), filled[some])
            board = self._board(len(filled), scores.device)
            board[some] = scores
        return board[: len(users)]

    def _board(self, rows: int, device: torch.device) -> torch.Tensor:
        """The memory of the first block, which is the longest."""
        import torch

        if self.buffer is None:
            self.buffer = torch.empty(rows, self.scorer.shape[1], device=device)
        return self.buffer

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
