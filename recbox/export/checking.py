"""Whether what was written gives the scores that the method gives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recbox.errors import UnsupportedError
from recbox.plugin import Scorer

USERS = 32
"""Users whose scores are compared, evenly among all."""
NEAR = 1e-5
"""How far a score may be off, of the largest score's size, or of 1."""


def some_users(scorer: Scorer) -> np.ndarray:
    """int64: the users by whom is checked."""
    users = scorer.shape[0]
    return np.unique(np.linspace(0, users - 1, min(USERS, users)).astype(np.int64))


def check(scorer: Scorer, again: Callable[[np.ndarray], np.ndarray], what: str) -> float:
    """The largest difference, of the size of the scores; an `UnsupportedError` where it is too large. again:
    gives float32 `[n, items]`, the scores of users, by what was written."""
    users = some_users(scorer)
    if not len(users):
        return 0.0
    due = scorer.block(users).detach().float().cpu().numpy()
    found = again(users)
    size = max(1.0, float(np.abs(due).max(initial=0.0)))
    off = float(np.abs(found - due).max(initial=0.0)) / size
    if not off <= NEAR:
        raise UnsupportedError(
            f"the method can't be written as {what}",
            why=f"the scores would be off by {off:.1g}, where {NEAR:g} is allowed",
            instead="ask it through recbox: `recbox recommend`, or `recbox.load(...).recommend`",
        )
    return off
