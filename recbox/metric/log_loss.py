"""Logarithmic loss of probabilities."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import Meaning, PairMetric, WorkedPairs

if TYPE_CHECKING:
    import numpy as np


@final
class LogLoss(PairMetric):
    """Mean of `-log p` where there is a click and of `-log(1 - p)` where there is none, over all pairs.

    In nats. Probabilities are kept 2.2e-16 away from 0 and 1, as scikit-learn does, so that one that is
    certain and wrong costs 36. How rare clicks are among the pairs decides what is good: always to say their
    share is the mark to beat. Lower is better.
    """

    reference: ClassVar[str] = "Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x"
    lower_is_better: ClassVar[bool] = True
    meaning: ClassVar[Meaning] = "probability"
    worked: ClassVar[tuple[WorkedPairs, ...]] = (
        WorkedPairs(score=(0.5, 0.75), target=(1, 0), value=(log(2) + log(4)) / 2),
        WorkedPairs(score=(1.0, 0.0), target=(0, 0), value=52 * log(2) / 2),
    )

    def over(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
        return float(self._losses(score, target).mean())

    def influence(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
        losses = self._losses(score, target)
        return losses - losses.mean()

    def _losses(self, score: np.ndarray, target: np.ndarray) -> np.ndarray:
        import numpy as np

        edge = np.finfo(np.float64).eps
        p = np.clip(score, edge, 1 - edge)
        return -np.where(target > 0, np.log(p), np.log1p(-p))
