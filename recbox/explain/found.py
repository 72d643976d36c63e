"""What carried a score, by inner ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Method = Literal["exact", "integrated gradients", "leave-one-out"]
DRAWS = 20
"""Of other evidence, at random."""
Without = Callable[[Sequence[np.ndarray]], np.ndarray]
"""float32 `[n, items]`: all scores of the user without these items, for each of n lists of inner ids."""


@dataclass(frozen=True)
class Path:
    """One way from the user over an item to the target, or what is left of that item's contribution.

    by: the type of the node between item and target; `vectors` where there is none, and what two vectors
    have in common counts; `others` for the rest of such nodes, `user` itself being one of them. node: its
    inner id, or -1. count: how many paths that is.
    """

    item: int
    by: str
    node: int
    contribution: float
    count: int = 1


@dataclass(frozen=True, eq=False)
class Found:
    """score: what is explained. items: int64 `[n]`, of the history; contribution: float64 `[n]`. rest: what
    is no evidence, by name. held: what is taken as it is; empty: nothing. paths: of the strongest items,
    adding up to each one's contribution. without: scores without some of the items; draws: of how many random
    ones that is affordable."""

    method: Method
    score: float
    items: np.ndarray
    contribution: np.ndarray
    rest: dict[str, float]
    without: Without
    held: str = ""
    paths: Sequence[Path] = field(default=())
    draws: int = DRAWS

    @property
    def residual(self) -> float:
        """What nothing here accounts for."""
        return self.score - float(self.contribution.sum()) - sum(self.rest.values())
