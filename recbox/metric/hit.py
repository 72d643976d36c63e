"""Hit rate: whether anything was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import UserMetric, WorkedRanking

if TYPE_CHECKING:
    import numpy as np


@final
class Hit(UserMetric):
    """1 where at least one relevant item stands in the top k, else 0, as trec_eval's `success.k`."""

    worked: ClassVar[tuple[WorkedRanking, ...]] = (
        WorkedRanking("0101", relevant=3, value=1.0),
        WorkedRanking("000", relevant=2, value=0.0),
    )

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        return hits.any(axis=1).astype("float64")
