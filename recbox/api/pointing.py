"""Scores that others gave to the pairs that are judged."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recbox.errors import DataError
from recbox.evaluate import Judgement, Pairs, check_pairs, measure_pairs
from recbox.outside import Listing, PairOddities, point

if TYPE_CHECKING:
    from recbox.api.ground import Ground
    from recbox.plugin import Meaning
    from recbox.recipe.recipe import Part


@dataclass(frozen=True, eq=False)
class Scored:
    """found: what the scores are worth. scores: float64 by pair, NaN where one is missing. hash: SHA-256 of
    them."""

    found: Judgement
    oddities: PairOddities
    scores: np.ndarray
    hash: str


def scored(ground: Ground, pairs: Pairs, given: Listing) -> Scored:
    """Read scores and measure them by the recipe's metrics, over the pairs that have one.

    What the file holds is taken at its word: for metrics of probabilities the scores are probabilities, and a
    `DataError` says so where one is outside of 0 to 1.
    """
    pointed = point(given, ground.dataset, pairs)
    there = ~np.isnan(pointed.scores)
    some = pairs if there.all() else pairs.take(there)
    check_pairs(some, ground.recipe.metric)
    scores = pointed.scores[there]
    metric = ground.recipe.metric
    _check(scores, metric, given)
    meant: dict[Meaning, np.ndarray] = {"order": scores, "value": scores, "probability": scores}
    found = measure_pairs(meant, some, metric)
    hash = hashlib.sha256(pointed.scores.tobytes()).hexdigest()
    return Scored(found, pointed.oddities, pointed.scores, hash)


def _check(scores: np.ndarray, metric: Sequence[Part], given: Listing) -> None:
    asking = [p.label for p in metric if getattr(p.options, "meaning", "order") == "probability"]
    if asking and ((scores < 0) | (scores > 1)).any():
        raise DataError(
            f"{' and '.join(asking)} need probabilities, and scores go from {scores.min():g} to "
            f"{scores.max():g}",
            where=given.where,
            instead="write 1 / (1 + exp(-score)) for logits, or judge by auc and gauc alone: "
            "--set evaluate.metric=[auc,gauc]",
        )
