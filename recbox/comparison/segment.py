"""Where a difference comes from: users of little and much history, of rare and popular items; cold items and
warm ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from recbox.comparison.method import Method
from recbox.comparison.pairpart import pair_parts
from recbox.comparison.part import ItemPart, item_parts
from recbox.evaluate import Pairs, within
from recbox.evaluate.crossing import crossed
from recbox.evaluate.significance import Interval
from recbox.evaluate.tercile import members, terciles
from recbox.evaluate.truth import Truth

if TYPE_CHECKING:
    from recbox.api.ground import Ground

FEW = 10
"""Users below which a segment has no interval: a mean of so few, most of them 0, is far from normal."""
Lacking = Literal["", "too few users", "too few seeds"]


@dataclass(frozen=True)
class Segment:
    """A difference within one part of the users, or within those users who have such items to be found, these
    alone being relevant. interval: 95 %, over users and seeds, not corrected for the number of segments; None
    where something is `lacking`."""

    metric: str
    name: str
    one: str
    other: str
    users: int
    means: tuple[float, float]
    interval: Interval | None
    lacking: Lacking = ""

    @property
    def difference(self) -> float:
        """one's mean less the other's."""
        return self.means[0] - self.means[1]


def segments(methods: Sequence[Method], metrics: Sequence[str], ground: Ground) -> list[Segment]:
    """Every pair of methods in every segment."""
    truth = ground.truth("test")
    groups = activity(truth.users, ground)
    if isinstance(truth, Truth):
        groups += popularity(truth)
        parts = item_parts(methods, metrics, ground, truth)
    else:
        parts = pair_parts(methods, metrics, ground, truth)
    made: list[Segment] = []
    for metric in metrics:
        for one, other in combinations(methods, 2):
            for name, member in groups:
                values = [method.values[metric][:, member] for method in (one, other)]
                if isinstance(truth, Pairs):
                    values = [within(method.values[metric], member, truth) for method in (one, other)]
                made.append(_segment(metric, name, one, other, (values[0], values[1])))
            made += _of_items(parts, metric, one, other)
    return made


def activity(users: np.ndarray, ground: Ground) -> list[tuple[str, np.ndarray]]:
    """The judged users by terciles of their training interactions, as bool `[users]`; ties stay together."""
    data = ground.dataset
    counts = np.bincount(data.interaction.user[ground.split.train], minlength=len(data.user))[users]
    first, second, top = terciles(counts)
    return members(
        counts,
        (first, second),
        (
            f"users with up to {first} interactions" if first else "users without training interactions",
            f"users with {first + 1} to {second}",
            f"users with {second + 1} to {top}",
        ),
    )


def popularity(truth: Truth) -> list[tuple[str, np.ndarray]]:
    """The same by how popular what they are to find is: the mean number of training users of their items."""
    row, item = truth.relevant.pairs(truth.users)
    total = np.bincount(row, weights=truth.popularity[item], minlength=len(truth.users))
    means = np.rint(total / truth.relevant.counts[truth.users]).astype(np.int64)
    first, second, top = terciles(means)
    return members(
        means,
        (first, second),
        (
            f"test items with up to {first} users" if first else "test items with fewer than one user",
            f"test items with {first + 1} to {second}",
            f"test items with {second + 1} to {top}",
        ),
    )


def _of_items(parts: Mapping[str, ItemPart], metric: str, one: Method, other: Method) -> Iterator[Segment]:
    for name, part in parts.items():
        if metric in part.values[one.label]:
            values = part.values[one.label][metric], part.values[other.label][metric]
            yield _segment(metric, name, one, other, values)


def _segment(
    metric: str, name: str, one: Method, other: Method, values: tuple[np.ndarray, np.ndarray]
) -> Segment:
    """values: float `[seeds, users]` of both."""
    users = values[0].shape[1]
    lacking: Lacking = ""
    if users < FEW:
        lacking = "too few users"
    elif not (one.enough and other.enough):
        lacking = "too few seeds"
    interval = None if lacking else crossed(*values).interval
    means = float(values[0].mean()), float(values[1].mean())
    return Segment(metric, name, one.label, other.label, users, means, interval, lacking)
