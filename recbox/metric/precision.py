"""Precision: how much of the list is relevant."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import UserMetric, WorkedRanking

if TYPE_CHECKING:
    import numpy as np


@final
class Precision(UserMetric):
    """The share of the top k that is relevant: `hits / k`, in [0, 1].

    It divides by k even where the list is shorter, as trec_eval's `P.k`.
    """

    # Hits at ranks 2 and 4. Then a list that could not be better: k counts, not the relevant items.
    worked: ClassVar[tuple[WorkedRanking, ...]] = (
        WorkedRanking("0101", relevant=3, value=2 / 4),
        WorkedRanking("10", relevant=1, value=1 / 2),
    )

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        return hits.sum(axis=1) / hits.shape[1]
