"""The best items of users, in an order and with scores that don't depend on who else is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import ArtifactError
from recbox.evaluate import shortlists
from recbox.kernel import inner, top_k

if TYPE_CHECKING:
    import torch

    from recbox.recommend.subject import Subject

TILE = 64
"""Users in one call of a scorer. It is always filled up: a product may round a row differently in a smaller
block, and a user's list must not depend on who else was asked for."""
BYTES = 64 << 20
"""Scores of a part's users, at most; a tile is smaller where they pass it."""
PART = 1024
"""Users in a part, at most."""
MANY = 512
"""Users for whom it pays to make what shortlists need."""

Found = tuple[np.ndarray, np.ndarray, np.ndarray]


def best(subject: Subject, users: np.ndarray, k: int) -> Iterator[Found]:
    """For some of the users after the other: who they are, and scores and inner item ids `[n, k]`, the best
    first; -inf past the end of a list.

    Lists of many users are made of proven shortlists (see `evaluate.shortlists`) where there are any: these
    are the lists that the scorer's own scores give. Where it has vectors, a score is their inner product as
    float64 has it, rounded, and equal scores go by item id, ascending: whichever way a list was made, it and
    its scores are the same.
    """
    vectors = subject.scorer.vectors()
    board, done = _Board(subject, k), 0
    for items, proven in _proven(subject, users, k) if vectors is not None else ():
        part = users[done : done + len(proven)]
        rest, score = np.flatnonzero(~proven), np.zeros(items.shape)
        score[rest], items[rest] = board.best(part[rest])
        yield part, *_scored(vectors, part, score, items)
        done += len(part)
    for start in range(done, len(users), board.part):
        part = users[start : start + board.part]
        score, items = board.best(part)
        yield part, *(_scored(vectors, part, score, items) if vectors is not None else (score, items))


def _proven(subject: Subject, users: np.ndarray, k: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Shortlists of the first users, several parts together, so that those without a proof fill tiles."""
    if len(users) < MANY:
        return
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    for _, items, proven in shortlists(subject.scorer, subject.seen, users, k, subject.closed):
        parts.append((items, proven))
        if sum(len(own) for _, own in parts) >= PART:
            yield _together(parts)
            parts = []
    if parts:
        yield _together(parts)


def _together(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    items, proven = zip(*parts, strict=True)
    return np.concatenate(items), np.concatenate(proven)


class _Board:
    """All items' scores for a tile of users, which stay in the processor's cache."""

    def __init__(self, subject: Subject, k: int) -> None:
        items = max(len(subject.items), 1)
        self.subject, self.k = subject, k
        self.tile = TILE if 4 * TILE * items <= BYTES else 16
        self.part = self.tile * max(1, min(PART, BYTES // (4 * items)) // self.tile)

    def best(self, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Scores and items `[n, k]` of users, a tile after the other."""
        parts = [self._of_tile(users[i : i + self.tile]) for i in range(0, len(users), self.tile)]
        score, item = zip(*parts) if parts else ([np.zeros((0, self.k))], [np.zeros((0, self.k), np.int64)])
        return np.concatenate(score), np.concatenate(item)

    def _of_tile(self, users: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        import torch

        subject = self.subject
        with torch.no_grad():
            scores = subject.scorer.block(np.resize(users, self.tile)).float()[: len(users)]
            if scores.sum().isnan() and scores.isnan().any():  # a sum is quicker, and inf - inf is nan too
                raise ArtifactError("the scorer gives scores that are not numbers", where=subject.where)
            row, item = subject.seen.pairs(users)
            scores[torch.from_numpy(row), torch.from_numpy(item)] = -torch.inf
            if subject.closed is not None:
                scores[:, torch.from_numpy(subject.closed)] = -torch.inf
            value, index = top_k(scores, self.k)
        return value.cpu().numpy(), index.cpu().numpy()


def _scored(
    vectors: tuple[torch.Tensor, torch.Tensor], users: np.ndarray, score: np.ndarray, items: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The scores of the vectors, best first, in place of others that came of a larger product."""
    import torch

    rows, columns = torch.from_numpy(users), torch.from_numpy(items)
    one, other = (v.detach() for v in vectors)
    found = inner(other, columns, one[rows]).float().cpu().numpy()
    found[score == -np.inf] = -np.inf
    order = np.lexsort((items, -found))
    return np.take_along_axis(found, order, 1), np.take_along_axis(items, order, 1)
