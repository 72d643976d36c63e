"""Whether a difference is more than chance: over users, for two given sets of values of the same users.

All of it takes the trained models as they are; what another seed would have given is not in it. For that see
`recbox.evaluate.crossing`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

LEVEL = 0.95
DRAWS = 10_000
EXACT = 16
"""Up to so many users that differ, all 2^n signs are gone through."""
LARGE = 10_000
"""With more users than this nothing is drawn: sums of so many are normal to more digits than draws give."""
BLOCK = 1 << 20
"""Numbers drawn at once, about."""


@dataclass(frozen=True)
class Interval:
    """low and high hold the true value with the stated confidence."""

    low: float
    high: float

    @property
    def half(self) -> float:
        """Half of its length."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class Effect:
    """How large a difference is. standardised: its mean over its standard deviation among users (Cohen's d of
    paired values; 0 where nobody differs). better, worse: shares of users whose value is higher, lower."""

    standardised: float
    better: float
    worse: float


def randomisation(difference: np.ndarray, random: np.random.Generator, draws: int = DRAWS) -> float:
    """The two-sided p-value of the paired randomisation test: were the two methods alike, each user's
    difference (float `[n]`) could as well have the other sign (Fisher 1935; Smucker, Allan, Carterette 2007).

    Exact where at most 16 users differ; else by `draws` random signs, with p = (1 + hits) / (1 + draws), so
    that it is never 0 and never too small on average (Phipson and Smyth 2010). With more than 10,000 by the
    normal limit of the same distribution.
    """
    some = difference[difference != 0]
    if not len(some):
        return 1.0
    # A sum that is as far from 0 as the one seen counts, also where it was added up in another order.
    bar = abs(some.sum()) - 1e-12 * np.abs(some).sum()
    if len(some) <= EXACT:
        sums = _signed(some, (np.arange(1 << len(some))[:, None] >> np.arange(len(some))) & 1)
        return float(np.mean(np.abs(sums) >= bar))
    if len(some) > LARGE:
        return math.erfc(abs(float(some.sum())) / math.sqrt(2 * float((some**2).sum())))
    hits = sum(int((np.abs(_signed(some, bits)) >= bar).sum()) for bits in _coins(len(some), draws, random))
    return (1 + hits) / (1 + draws)


def bootstrap(
    difference: np.ndarray, random: np.random.Generator, level: float = LEVEL, draws: int = DRAWS
) -> Interval:
    """The percentile interval of the mean of float `[n]`, users drawn anew with replacement (Efron 1979).

    With more than 10,000 users by the normal limit of the same distribution.
    """
    n, tails = len(difference), [(1 - level) / 2, (1 + level) / 2]
    if n > LARGE:
        error = float(difference.std()) / math.sqrt(n)
        ends = [float(difference.mean()) + error * NormalDist().inv_cdf(tail) for tail in tails]
        return Interval(*ends)
    means = [difference[rows].mean(axis=1) for rows in _resamples(n, draws, random)]
    low, high = np.quantile(np.concatenate(means), tails)
    return Interval(float(low), float(high))


def holm(p: Sequence[float]) -> np.ndarray:
    """Adjusted p-values, float `[m]`: rejecting those below α makes any false rejection at most α likely,
    however the tests depend on each other (Holm 1979)."""
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    stepped = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def effect(difference: np.ndarray) -> Effect:
    """The size of a difference, float `[n]`, of at least one user."""
    spread = float(difference.std(ddof=1)) if len(difference) > 1 else 0.0
    size = float(difference.mean()) / spread if spread > 0 else 0.0
    return Effect(size, float((difference > 0).mean()), float((difference < 0).mean()))


def _signed(values: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """The sums of `values` `[n]` with the signs of `bits` `[draws, n]`: 1 is plus, 0 is minus."""
    sums: np.ndarray = 2.0 * (bits.astype(np.float64) @ values) - values.sum()
    return sums


def _coins(n: int, draws: int, random: np.random.Generator) -> Iterator[np.ndarray]:
    """uint8 `[block, n]` of 0 and 1, `draws` rows in all."""
    for rows in _blocks(n, draws):
        raw = np.frombuffer(random.bytes(rows * -(-n // 8)), dtype=np.uint8)
        yield np.unpackbits(raw.reshape(rows, -1), axis=1, count=n)


def _resamples(n: int, draws: int, random: np.random.Generator) -> Iterator[np.ndarray]:
    """uint16 `[block, n]`: rows drawn with replacement, `draws` times in all."""
    for rows in _blocks(n, draws):
        yield random.integers(0, n, (rows, n), dtype=np.uint16)


def _blocks(n: int, draws: int) -> Iterator[int]:
    """How many draws to make at once, so that memory stays bounded."""
    step = max(1, BLOCK // n)
    for start in range(0, draws, step):
        yield min(step, draws - start)
