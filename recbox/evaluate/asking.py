"""A scorer asked for single pairs, some at a time, so that memory stays bounded."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import DataError, OptionError
from recbox.evaluate.ranking import BYTES
from recbox.plugin import Scorer

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.evaluate.pairs import Pairs

AT_ONCE = 1 << 17
"""Pairs that a scorer which can score pairs is asked for."""


def scores_of(scorer: Scorer, pairs: Pairs, context: Context, title: str = "") -> np.ndarray:
    """float64 `[n]`: the score of each pair. What is asked for together depends on pairs and data alone.

    An `OptionError` for a scorer of another shape than the data; a `DataError` for scores that are infinite
    or no numbers.
    """
    shape = len(pairs.dataset.user), len(pairs.dataset.item)
    if tuple(scorer.shape) != shape:
        made = f"{scorer.shape[0]:,} users and {scorer.shape[1]:,} items"
        what = f"the scorer is made for {made}, the data has {shape[0]:,} and {shape[1]:,}"
        raise OptionError(what, where=title)
    own = type(scorer).score is not Scorer.score
    found = np.empty(len(pairs), dtype=np.float64)
    with context.progress.task(title or "Pairs", len(pairs), "pair") as task:
        for some in _parts(pairs, own):
            found[some] = _pairwise(scorer, pairs, some) if own else _from_block(scorer, pairs, some)
            task.advance(some.stop - some.start)
    if (bad := np.flatnonzero(~np.isfinite(found))).size:
        user, item = (ids.ids[int(x[bad[0]])] for ids, x in (
            (pairs.dataset.user, pairs.user), (pairs.dataset.item, pairs.item)))  # fmt: skip
        raise DataError(
            f"{len(bad):,} pairs have no finite score, the first of user {user!r} and item {item!r}",
            where=title,
            why="the training diverged, or the method never recommends some items",
            instead="lower the learning rate, or judge rankings",
        )
    return found


def _parts(pairs: Pairs, own: bool) -> list[slice]:
    """Slices of the pairs: of so many pairs, or of whole users of whom a block of scores fits."""
    if own:
        return [slice(start, min(start + AT_ONCE, len(pairs))) for start in range(0, len(pairs), AT_ONCE)]
    users = max(1, BYTES // (4 * max(len(pairs.dataset.item), 1)))
    edges = [*np.searchsorted(pairs.row, np.arange(0, len(pairs.users), users)), len(pairs)]
    return [slice(int(a), int(b)) for a, b in pairwise(edges)]


def _pairwise(scorer: Scorer, pairs: Pairs, some: slice) -> np.ndarray:
    return scorer.score(pairs.user[some], pairs.item[some]).detach().cpu().numpy().astype(np.float64)


def _from_block(scorer: Scorer, pairs: Pairs, some: slice) -> np.ndarray:
    """Each user's scores of all items once, however many pairs they have."""
    import torch

    row = pairs.row[some]
    block = scorer.block(pairs.users[row[0] : row[-1] + 1])
    at = torch.from_numpy(row - row[0]).to(block.device), torch.from_numpy(pairs.item[some]).to(block.device)
    return block[at].detach().cpu().numpy().astype(np.float64)
