"""Precision: how much of the list is relevant."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from recbox.plugin import UserMetric

if TYPE_CHECKING:
    import numpy as np


@final
class Precision(UserMetric):
    """The share of the top k that is relevant: `hits / k`, in [0, 1].

    It divides by k even where the list is shorter, as trec_eval's `P.k`.
    """

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        return hits.sum(axis=1) / hits.shape[1]
