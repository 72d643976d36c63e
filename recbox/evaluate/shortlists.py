"""The best unseen items of many users by their vectors, as far as that is quick and proven."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from recbox.evaluate.truth import Lists
    from recbox.kernel import Shortlist
    from recbox.plugin import Scorer

FEW = 1024
"""Users after whom it is given up where most of them had no proof, as where everybody's scores tie."""

Some = tuple[slice, np.ndarray, np.ndarray]


def shortlists(
    scorer: Scorer, seen: Lists, users: np.ndarray, k: int, closed: np.ndarray | None = None
) -> Iterator[Some]:
    """For one part of the users after the other: where in `users` it is; items int64 `[n, k]`, best first;
    and bool `[n]`, whether that is proven to be the list which the scorer's own scores give.

    seen: items that each user isn't shown; closed: bool `[items]`, those that nobody is. Nothing comes of a
    scorer without vectors and where the kernel has no quick way, and parts may be missing at the end: users
    without a proven list are to be ranked by all their scores.
    """
    import torch

    made = _made(scorer, k, closed)
    if made is None:
        return
    proofs = 0
    for start in range(0, len(users), made.rows):
        some = slice(start, min(start + made.rows, len(users)))
        asked = (users[some], *seen.pairs(users[some]))
        items, proven = (t.numpy() for t in made.best(*(torch.from_numpy(a) for a in asked)))
        yield some, items, proven
        proofs += int(proven.sum())
        if some.stop >= FEW and 2 * proofs < some.stop:
            return


def _made(scorer: Scorer, k: int, closed: np.ndarray | None) -> Shortlist | None:
    import torch

    from recbox.kernel import Shortlist

    vectors = scorer.vectors()
    if vectors is None or (len(vectors[0]), len(vectors[1])) != scorer.shape:
        return None
    shut = None if closed is None else torch.from_numpy(closed)
    return Shortlist.of(vectors[0].detach(), vectors[1].detach(), k, shut)
