"""Known users who took more since a method was fitted, as a method is handed them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recbox.data import Nodes
from recbox.plugin import NewUsers

Taken = tuple[np.ndarray, np.ndarray]
"""What somebody took: int64 inner ids of items, the newest last, and their weights."""


def longer(nodes: Nodes, users: np.ndarray, had: Sequence[Taken], since: Sequence[Taken]) -> NewUsers:
    """Of each user what the method was fitted on, and after it what they took since.

    nodes: all users there are. users: int64, those that are meant, by inner id.
    """
    both = list(zip(had, since, strict=True))
    items = [np.concatenate([before[0], more[0]]) for before, more in both]
    weights = [np.concatenate([before[1], more[1]]) for before, more in both]
    return NewUsers.of(items, weights, nodes.about(users), users)
