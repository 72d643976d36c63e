"""What metrics are tried on: random lists and catalogues, and every list of a length."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from recbox.contract.case import Case

K, MOST = 6, 8
"""Length of the lists of which every pattern of hits is tried, and the most relevant items of a user."""


@dataclass(frozen=True)
class Inputs:
    """Random lists, and a random catalogue. hits: bool `[n, k]`; relevant: int64 `[n]`; exposure and
    popularity: int64 `[items]`."""

    hits: np.ndarray
    relevant: np.ndarray
    exposure: np.ndarray
    popularity: np.ndarray


def inputs(case: Case, double: bool = False) -> Inputs:
    draw = case.context.random("contract.metric")
    hits = draw.random((40, 10)) < 0.3
    relevant = np.maximum(hits.sum(axis=1), 1) + draw.integers(0, 6, len(hits))
    exposure, popularity = draw.integers(0, 9, 50), draw.integers(0, 30, 50)
    return Inputs(hits, relevant, exposure, popularity)


@cache
def patterns() -> tuple[np.ndarray, np.ndarray]:
    """Every list of K with every possible number of relevant items: bool `[n, K]` and int64 `[n]`."""
    rows = [
        (hits, relevant)
        for hits in product((False, True), repeat=K)
        for relevant in range(max(1, sum(hits)), MOST + 1)
    ]
    return np.array([hits for hits, _ in rows]), np.array([relevant for _, relevant in rows])


def locked(array: np.ndarray) -> np.ndarray:
    """A copy that nobody can write to."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy
