"""Two methods with several seeds each, judged by the same users: a difference with both kinds of luck.

A test over users alone takes two trained models as they are. Train the same method twice, and it finds the
second "better" far too often: the models do differ, the method doesn't. So the variance of the mean
difference is put together of what users and what seeds contribute, as in an analysis of variance of crossed
random effects (Searle, Casella and McCulloch 1992, ch. 4; the bootstrap's counterpart is Owen 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recbox.evaluate.significance import LEVEL, Interval


@dataclass(frozen=True)
class Crossed:
    """difference: one's mean less the other's. error: its standard error. freedom: degrees of freedom of its
    t. users, seeds: the parts of the variance that other users and other seeds would bring."""

    difference: float
    error: float
    freedom: float
    p: float
    interval: Interval
    users: float
    seeds: float


@dataclass(frozen=True)
class _Luck:
    """What a method's values `[seeds, users]` say of its seeds: variances of its mean, and their freedom."""

    seeds: float
    rest: float
    freedom: tuple[int, int]


def crossed(one: np.ndarray, other: np.ndarray, level: float = LEVEL) -> Crossed:
    """Compare float `[seeds, users]` of two methods, the same users in the same order; seeds are not paired.

    A method of a single row is taken to be the same with every seed. With d the users' differences of means
    over seeds, the variance is var(d) / users + Σ var(seed means) / seeds - Σ rest / (seeds · users). The
    last is what a seed does to single users; both others hold it, so that it would count twice. The variance
    is never below the users' or the seeds' part. Degrees of freedom are Satterthwaite's (1946). Two users at
    least.
    """
    d = one.mean(axis=0) - other.mean(axis=0)
    users = float(d.var(ddof=1)) / len(d)
    luck = [_luck(values) for values in (one, other)]
    seeds, rest = sum(x.seeds for x in luck), sum(x.rest for x in luck)
    variance = max(users + seeds - rest, users, seeds)
    spent = users**2 / (len(d) - 1)
    for x in luck:
        spent += x.seeds**2 / x.freedom[0] + x.rest**2 / x.freedom[1]
    freedom = variance**2 / spent if spent > 0 else float(len(d) - 1)
    return _tested(float(d.mean()), variance, freedom, level, max(users - rest, 0.0), seeds)


def over_seeds(means: np.ndarray, level: float = LEVEL) -> Interval | None:
    """Student's t interval of the mean of float `[seeds]`: the spread of a method's seeds, on these users and
    this split. None for a single seed."""
    from scipy import stats

    if len(means) < 2:
        return None
    half = stats.t.ppf((1 + level) / 2, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means))
    return Interval(float(means.mean() - half), float(means.mean() + half))


def _luck(values: np.ndarray) -> _Luck:
    seeds, users = values.shape
    if seeds < 2:
        return _Luck(0.0, 0.0, (1, 1))
    means, per_user = values.mean(axis=1), values.mean(axis=0)
    rest = values - means[:, None] - per_user + values.mean()
    freedom = seeds - 1, (seeds - 1) * (users - 1)
    return _Luck(float(means.var(ddof=1)) / seeds, float((rest**2).sum()) / freedom[1] / values.size, freedom)


def _tested(
    difference: float, variance: float, freedom: float, level: float, users: float, seeds: float
) -> Crossed:
    from scipy import stats

    error = variance**0.5
    if error == 0:
        p, half = float(difference == 0), 0.0
    else:
        p = 2 * float(stats.t.sf(abs(difference) / error, freedom))
        half = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    return Crossed(
        difference, error, freedom, p, Interval(difference - half, difference + half), users, seeds
    )
