"""Average precision: precision at every relevant item's rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import UserMetric, WorkedRanking

if TYPE_CHECKING:
    import numpy as np


@final
class MAP(UserMetric):
    """Sum over the hits of the precision at their rank, divided by the relevant items; in [0, 1].

    `1/relevant · Σ_{r ≤ k} hit_r · (hits up to r) / r`. It divides by all relevant items, as trec_eval's
    `map_cut.k`: a user with more than k relevant items can't reach 1.
    """

    # Precision is 1/2 at the first hit and 2/4 at the second. Then more relevant items than ranks.
    worked: ClassVar[tuple[WorkedRanking, ...]] = (
        WorkedRanking("0101", relevant=3, value=(1 / 2 + 2 / 4) / 3),
        WorkedRanking("11", relevant=8, value=2 / 8),
    )

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        import numpy as np

        rank = np.arange(1, hits.shape[1] + 1)
        return (hits * hits.cumsum(axis=1) / rank).sum(axis=1) / relevant
