"""Recall: how much of what is relevant was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from recbox.plugin import UserMetric

if TYPE_CHECKING:
    import numpy as np


@final
class Recall(UserMetric):
    """The share of a user's relevant items that stand in the top k: `hits / relevant`, in [0, 1].

    It divides by all relevant items, as trec_eval's `recall.k`, not by the smaller of k and their number: a
    user with more than k relevant items can't reach 1.
    """

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        return hits.sum(axis=1) / relevant
