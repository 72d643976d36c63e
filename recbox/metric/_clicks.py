"""Clicks and the rest of the pairs: which of two scores is the higher one."""

from __future__ import annotations

import numpy as np


def area(score: np.ndarray, click: np.ndarray) -> tuple[float, np.ndarray]:
    """The share of (click, other) whose click has the higher score, ties counting half; and for each pair
    float64 `[n]`, the share of those on the other side that it is rightly above, or below.

    click: bool `[n]`. Without clicks, or with nothing else, both are 0.5.
    """
    inside, outside = np.sort(score[click]), np.sort(score[~click])
    if not len(inside) or not len(outside):
        return 0.5, np.full(len(score), 0.5)
    above = _twice_below(score, outside)
    below = 2 * len(inside) - _twice_below(score, inside)
    value = int(above[click].sum()) / (2 * len(inside) * len(outside))
    return value, np.where(click, above / (2 * len(outside)), below / (2 * len(inside)))


def _twice_below(score: np.ndarray, others: np.ndarray) -> np.ndarray:
    """int64: twice as many of the sorted `others` as lie below each score, ties counting once."""
    return np.searchsorted(others, score, "left") + np.searchsorted(others, score, "right")


def areas(score: np.ndarray, click: np.ndarray, user: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same of each user's own pairs: float64 `[users]`, and bool `[users]`, who has both sorts."""
    order = np.lexsort((score, user))
    value, whose, hit = score[order], user[order], click[order]
    first = np.r_[True, (whose[1:] != whose[:-1]) | (value[1:] != value[:-1])]
    run = np.cumsum(first) - 1
    start, size = np.flatnonzero(first), np.bincount(run)
    pairs, clicks = np.bincount(user), np.bincount(user, weights=click)
    begin = np.cumsum(pairs) - pairs
    twice = (2 * start + size + 1)[run] - 2 * begin[whose]  # twice the middle rank, from 1
    ranks = np.bincount(whose[hit], weights=twice[hit], minlength=len(pairs)) / 2
    both = (clicks > 0) & (clicks < pairs)
    wins, all_ = ranks - clicks * (clicks + 1) / 2, clicks * (pairs - clicks)
    return np.where(both, wins / np.maximum(all_, 1), 0.5), both
