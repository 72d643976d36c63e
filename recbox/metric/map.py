"""Average precision: precision at every relevant item's rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from recbox.plugin import UserMetric

if TYPE_CHECKING:
    import numpy as np


@final
class MAP(UserMetric):
    """Sum over the hits of the precision at their rank, divided by the relevant items; in [0, 1].

    `1/relevant · Σ_{r ≤ k} hit_r · (hits up to r) / r`. It divides by all relevant items, as trec_eval's
    `map_cut.k`: a user with more than k relevant items can't reach 1.
    """

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        import numpy as np

        rank = np.arange(1, hits.shape[1] + 1)
        return (hits * hits.cumsum(axis=1) / rank).sum(axis=1) / relevant
