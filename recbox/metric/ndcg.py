"""Normalised discounted cumulative gain: hits near the top count more."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import UserMetric, WorkedRanking

if TYPE_CHECKING:
    import numpy as np


@final
class NDCG(UserMetric):
    """Discounted hits, over those of the best list that is possible; in [0, 1].

    `Σ_{r ≤ k} hit_r / log2(r + 1)` over `Σ_{r ≤ min(k, relevant)} 1 / log2(r + 1)`: an item is relevant or
    not (gain 1 or 0), and the ideal list is cut at k, as trec_eval's `ndcg_cut.k`.
    """

    reference: ClassVar[str] = "Järvelin & Kekäläinen 2002, doi:10.1145/582415.582418"
    # Hits at ranks 2 and 4, where the best list has three in front. Then a list that could not be better.
    worked: ClassVar[tuple[WorkedRanking, ...]] = (
        WorkedRanking("0101", relevant=3, value=(1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3) + 1 / 2)),
        WorkedRanking("11", relevant=8, value=1.0),
    )

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        import numpy as np

        k = hits.shape[1]
        discount = 1.0 / np.log2(np.arange(2, k + 2))
        ideal = np.cumsum(discount)[np.minimum(relevant, k) - 1]
        return (hits * discount).sum(axis=1) / ideal
