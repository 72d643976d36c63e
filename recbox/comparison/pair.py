"""Two methods and one metric: the difference, what chance could do, and what may be said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from recbox.comparison.method import Method
from recbox.context import Context
from recbox.evaluate.crossing import crossed
from recbox.evaluate.significance import DRAWS, Effect, Interval, bootstrap, effect, holm, randomisation

Verdict = Literal["real", "real among users", "not shown", "too few seeds"]
ALPHA = 0.05
FLOOR = 5
"""So many draws that go as far, or fewer, say of a p only that it is small."""
FINE = 200
"""Draws for each of the comparisons that are corrected together, so that 1 in them is 0.005 after Holm."""


@dataclass(frozen=True, eq=False)
class Alone:
    """Over users alone, of these very models: p of the randomisation test, interval of the bootstrap."""

    p: float
    interval: Interval


@dataclass(frozen=True, eq=False)
class Pair:
    """difference: one's mean less the other's. p, interval: None where seeds are too few. holm: p after the
    correction over all pairs and metrics. test: what p holds for, `users`, or `users and seeds`."""

    metric: str
    one: Method
    other: Method
    difference: float
    interval: Interval | None
    p: float | None
    test: str
    effect: Effect
    alone: Alone
    lower: bool
    holm: float | None = None

    @property
    def relative(self) -> float | None:
        """The difference over the other's mean."""
        base = float(self.other.means(self.metric).mean())
        return self.difference / base if base else None

    @property
    def verdict(self) -> Verdict:
        """Whether the difference is more than chance, as far as can be said; of a single ranking from
        elsewhere only that it is among users."""
        if self.holm is None:
            return "too few seeds"
        if self.holm >= ALPHA:
            return "not shown"
        return "real among users" if self.one.one_list or self.other.one_list else "real"

    @property
    def real(self) -> bool:
        """Whether it is, of the methods or of the lists that there are."""
        return self.holm is not None and self.holm < ALPHA

    @property
    def ahead(self) -> Method | None:
        """The better of the two by its mean; None where they are level."""
        if self.difference == 0:
            return None
        return self.one if (self.difference > 0) != self.lower else self.other

    def beats(self, method: Method) -> bool:
        """Whether `method` is one of the two, and really better."""
        return self.real and self.ahead is method


def pairs(methods: Sequence[Method], metrics: Sequence[str], lower: Iterable[str]) -> list[Pair]:
    """Every two methods in every metric, corrected together."""
    less, every = frozenset(lower), list(combinations(methods, 2))
    together = len(metrics) * len(every)
    made = [pair(one, other, metric, metric in less, together) for metric in metrics for one, other in every]
    tested = [x for x in made if x.p is not None]
    adjusted = dict(zip(map(id, tested), holm([x.p for x in tested if x.p is not None])))
    return [replace(x, holm=float(adjusted[id(x)])) if id(x) in adjusted else x for x in made]


def pair(one: Method, other: Method, metric: str, lower: bool = False, together: int = 1) -> Pair:
    """One comparison, not yet corrected: over users where neither method draws, over both where one does.
    together: how many are corrected together."""
    a, b = one.values[metric], other.values[metric]
    difference = a.mean(axis=0) - b.mean(axis=0)
    alone = _alone(difference, together)
    interval, p, test = alone.interval, alone.p, "users"
    if one.draws or other.draws:
        both = crossed(a, b)
        interval, p, test = both.interval, both.p, "users and seeds"
    enough = one.enough and other.enough
    found = effect(difference)
    if lower:
        found = Effect(found.standardised, found.worse, found.better)
    return Pair(
        metric,
        one,
        other,
        float(difference.mean()),
        interval if enough else None,
        p if enough else None,
        test,
        found,
        alone,
        lower,
    )


def _alone(difference: np.ndarray, together: int) -> Alone:
    """The draws follow no seed of the user's: equal values give equal figures. A p as small as draws can
    tell is drawn for again where it must bear a correction over many: else no p could be small enough."""
    random = Context(seed=0).random("comparison")
    p, interval = randomisation(difference, random), bootstrap(difference, random)
    if p <= FLOOR / (1 + DRAWS) and FINE * together > DRAWS:
        p = randomisation(difference, Context(seed=0).random("comparison", together), FINE * together)
    return Alone(p, interval)


def best(methods: Sequence[Method], found: Sequence[Pair], metric: str) -> Method | None:
    """The method that is really better than every other, if there is one."""
    for method in methods:
        wins = sum(x.beats(method) for x in found if x.metric == metric)
        if wins == len(methods) - 1:
            return method
    return None
