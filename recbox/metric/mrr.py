"""Reciprocal rank: how far down the first relevant item stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import UserMetric, WorkedRanking

if TYPE_CHECKING:
    import numpy as np


@final
class MRR(UserMetric):
    """One over the rank (from 1) of the first relevant item in the top k, 0 if there is none; in [0, 1]."""

    # The first hit is at rank 2.
    worked: ClassVar[tuple[WorkedRanking, ...]] = (
        WorkedRanking("0101", relevant=3, value=1 / 2),
        WorkedRanking("000", relevant=2, value=0.0),
    )

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        return hits.any(axis=1) / (1.0 + hits.argmax(axis=1))
