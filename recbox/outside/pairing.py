"""Two rankings of the same users: is the difference more than chance among users?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from recbox.context import Context
from recbox.evaluate.significance import Effect, Interval, bootstrap, effect, holm, randomisation

ALPHA = 0.05


@dataclass(frozen=True, eq=False)
class Side:
    """A method by its name, with float64 `[users]` of the metrics that have a value for each user."""

    name: str
    per_user: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Tested:
    """difference: one's mean less the other's; base: the other's mean. p: of the paired randomisation test;
    holm: after the correction over all pairs tested together, of which there are `together`. interval: 95 %,
    of the bootstrap over users. lower: less is better. It takes both lists as they are: what another seed
    would have given isn't in it."""

    metric: str
    one: str
    other: str
    difference: float
    base: float
    p: float
    interval: Interval
    effect: Effect
    users: int
    lower: bool = False
    holm: float = 1.0
    together: int = 1

    @property
    def real(self) -> bool:
        """Whether the difference is more than chance among users."""
        return self.holm < ALPHA

    @property
    def ahead(self) -> str | None:
        """The better one by its mean; None where they are level."""
        if self.difference == 0:
            return None
        return self.one if (self.difference > 0) != self.lower else self.other

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self) | {"real": self.real, "ahead": self.ahead}


def paired(
    rankings: Sequence[Side], others: Sequence[Side], metric: str, lower: bool = False
) -> list[Tested]:
    """Each ranking beside each other method, corrected together. Empty for a metric without a value for each
    user. The same values always give the same figures."""
    found = [
        _tested(one, other, metric, lower)
        for one in rankings
        for other in others
        if metric in one.per_user and metric in other.per_user
    ]
    adjusted = holm([x.p for x in found])
    return [replace(x, holm=float(p), together=len(found)) for x, p in zip(found, adjusted, strict=True)]


def _tested(one: Side, other: Side, metric: str, lower: bool) -> Tested:
    a, b = one.per_user[metric], other.per_user[metric]
    difference = a - b
    random = Context(seed=0).random("outside")
    found = effect(difference)
    if lower:
        found = Effect(found.standardised, found.worse, found.better)
    return Tested(
        metric,
        one.name,
        other.name,
        float(difference.mean()),
        float(b.mean()),
        randomisation(difference, random),
        bootstrap(difference, random),
        found,
        len(difference),
        lower,
    )
