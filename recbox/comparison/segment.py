"""Where a difference comes from: users of little and of much history, cold items and warm ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from recbox.comparison.method import Method
from recbox.evaluate.crossing import crossed
from recbox.evaluate.significance import Interval

if TYPE_CHECKING:
    from recbox.artifact import Artifact

ITEMS = ("cold", "warm")


@dataclass(frozen=True)
class Segment:
    """A difference within one part of the users or items. users: how many are in it; None for items.
    interval: not corrected for the number of segments; None for items, and where seeds are too few."""

    metric: str
    name: str
    one: str
    other: str
    users: int | None
    means: tuple[float, float]
    interval: Interval | None

    @property
    def difference(self) -> float:
        """one's mean less the other's."""
        return self.means[0] - self.means[1]


def segments(methods: Sequence[Method], metrics: Sequence[str]) -> list[Segment]:
    """Every pair of methods in every segment."""
    groups = activity(methods[0].runs[0])
    made: list[Segment] = []
    for metric in metrics:
        for one, other in combinations(methods, 2):
            made += [_of_users(name, member, one, other, metric) for name, member in groups]
            made += _of_items(one, other, metric)
    return made


def activity(run: Artifact) -> list[tuple[str, np.ndarray]]:
    """The judged users by terciles of their training interactions, as bool `[users]`; ties stay together."""
    judged = np.flatnonzero(run.user.ids.is_in(run.per_user["user"].implode()).to_numpy())
    counts = np.bincount(run.dataset.interaction.user[run.split.train], minlength=len(run.user))[judged]
    first, second = (int(x) for x in np.quantile(counts, [1 / 3, 2 / 3], method="inverted_cdf"))
    top = int(counts.max())
    named = [
        (f"users with up to {first} interactions", counts <= first),
        (f"users with {first + 1} to {second}", (counts > first) & (counts <= second)),
        (f"users with {second + 1} to {top}", counts > second),
    ]
    return [(name, member) for name, member in named if member.any()]


def _of_users(name: str, member: np.ndarray, one: Method, other: Method, metric: str) -> Segment:
    a, b = one.values[metric][:, member], other.values[metric][:, member]
    known = one.enough and other.enough and member.sum() > 1
    interval = crossed(a, b).interval if known else None
    means = float(a.mean()), float(b.mean())
    return Segment(metric, name, one.label, other.label, int(member.sum()), means, interval)


def _of_items(one: Method, other: Method, metric: str) -> Iterator[Segment]:
    """As the artifacts hold them: the same metric with only cold, or only warm items as relevant."""
    for name in ITEMS:
        means = [_mean(method, name, metric) for method in (one, other)]
        if means[0] is not None and means[1] is not None:
            yield Segment(metric, f"{name} items", one.label, other.label, None, (means[0], means[1]), None)


def _mean(method: Method, segment: str, metric: str) -> float | None:
    found = [run.metrics.get("segment", {}).get(segment, {}).get(metric) for run in method.runs]
    return float(np.mean(found)) if all(isinstance(x, int | float) for x in found) else None
