"""Graph recommenders: what each of the user's items sent into the score, hop by hop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from recbox.explain import deleting
from recbox.explain.attributing import alone, attribute
from recbox.explain.ego import Ego
from recbox.explain.found import DRAWS, Found
from recbox.explain.paths import Target, paths
from recbox.explain.side import Side, side_of
from recbox.explain.subject import Records, Subject
from recbox.plugin import NewItems
from recbox.recommender import GraphScorer, Growth

OWN = "the user's own vector"
PRIOR = "the item's popularity"
CONSTANT = "the item's and the head's constants"
LINKED = "linked users"
ROUNDED = "rounding to bfloat16"
PLAIN = ("last", "sum", "mean", "layers", "concat")
"""Ways to combine hops that are linear."""


class Aim(NamedTuple):
    """vector: `[1, D]`, the item's final one. node: its node of the graph, None of a new item. prior: what
    its score has besides."""

    vector: torch.Tensor
    node: int | None
    prior: float


def by_graph(records: Records, subject: Subject, top: int) -> Found:
    """top: of how many items paths are looked for."""
    scorer, growth = records.artifact.scorer, records.artifact.growth
    assert isinstance(scorer, GraphScorer)  # noqa: S101
    ego, aim = _ego(records, subject), _aim(records, scorer, growth, subject.item)
    final = _final(ego)
    stored = _stored(subject, scorer, growth, final)
    side = side_of(scorer.head, scorer.retrievable, stored, aim.vector)
    linear = side.linear and is_linear(growth)
    combine = growth.recommender.combine

    def function(hops: Sequence[torch.Tensor]) -> torch.Tensor:
        return side.score(combine(list(hops)))

    layers = len(growth.recommender.layer)
    found = attribute(ego, function, layers, linear)
    near = ego.near.cpu().numpy()
    place = growth.structures.layout.range("item")
    items, value = _evidence(subject, near - place.start, found.value, place.stop - place.start)
    rest = _rest(alone(ego, function, layers), side, aim.prior, near < place.start, found.value)
    if growth.recommender.bf16:
        rest[ROUNDED] = _rounded(side, stored, final)
    target = Target(records.egos, ego, found, aim.node, linear, layers)
    strongest = items[np.argsort(-value, kind="stable")[:top]] + place.start
    return Found(
        "exact" if linear else "integrated gradients",
        _score(records, subject, scorer, aim, stored),
        items,
        value,
        rest,
        deleting.without(records, subject, growth),
        side.held,
        paths(target, strongest, dict(zip(items + place.start, value, strict=True))),
        DRAWS if subject.since else deleting.draws(records.egos),
    )


def is_linear(growth: Growth) -> bool:
    """Whether final vectors are linear in what neighbours send."""
    recipe = growth.recipe
    linear = all(getattr(part.options, "linear", False) for part in recipe.layer)
    return linear and recipe.combine in PLAIN


def _ego(records: Records, subject: Subject) -> Ego:
    return records.egos.new(subject.history) if subject.since else records.egos.of(subject.user)


def _stored(subject: Subject, scorer: GraphScorer, growth: Growth, final: torch.Tensor) -> torch.Tensor:
    """float `[1, D]`: the user's vector as the method scores by it. final: as it is without rounding."""
    if not growth.recommender.bf16:
        return final
    return growth.users(subject.history) if subject.since else scorer.user[subject.user][None]


@torch.no_grad()
def _rounded(side: Side, stored: torch.Tensor, final: torch.Tensor) -> float:
    """What the score has of rounding, for the sum is one of vectors in float32."""
    return float(side.score(stored).double() - side.score(final).double())


def _final(ego: Ego) -> torch.Tensor:
    recommender = ego.growth.recommender
    hops = [ego.first]
    with torch.no_grad():
        for number in range(len(recommender.layer)):
            hops.append(ego.receive(number, hops[-1], ego.hop(number)))
        final: torch.Tensor = recommender.combine(hops)
    return final


def _aim(records: Records, scorer: GraphScorer, growth: Growth, item: int) -> Aim:
    count = len(scorer.item)
    if item < count:
        prior = 0.0 if scorer.prior is None else float(scorer.prior[item])
        return Aim(scorer.item[item : item + 1], growth.structures.layout.offset("item") + item, prior)
    assert records.new is not None  # noqa: S101
    new = scorer.new_items(NewItems(records.new[[item - count]]))
    assert isinstance(new, GraphScorer)  # noqa: S101
    return Aim(new.item, None, 0.0)


def _score(records: Records, subject: Subject, scorer: GraphScorer, aim: Aim, user: torch.Tensor) -> float:
    """Of a user who was there and took nothing since, what the method always gave."""
    if subject.since:
        with torch.no_grad():
            return float(scorer.head(user, aim.vector)) + aim.prior
    return float(records.scorer.score(np.array([subject.user]), np.array([subject.item]))[0])


def _evidence(
    subject: Subject, near: np.ndarray, value: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Items of the history, and those that other edges lead to; 0 for one that no edge leads to. near: of
    each neighbour its number as an item, of the `count` that there are."""
    own = (near >= 0) & (near < count)
    items = np.union1d(subject.history.item, near[own])
    found = np.zeros(len(items))
    found[np.searchsorted(items, near[own])] = value[own]
    return items, found


def _rest(own: float, side: Side, prior: float, linked: np.ndarray, value: np.ndarray) -> dict[str, float]:
    """linked: bool `[s]`, the neighbours that are users."""
    found = {OWN: own}
    found |= {CONSTANT: side.constant} if side.constant else {}
    found |= {PRIOR: prior} if prior else {}
    return found | ({LINKED: float(value[linked].sum())} if linked.any() else {})
