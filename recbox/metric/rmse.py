"""Root mean squared error of predicted weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import Meaning, PairMetric, WorkedPairs

if TYPE_CHECKING:
    import numpy as np


@final
class RMSE(PairMetric):
    """Root of the mean squared difference of score and weight, over all pairs: `√(1/n Σ (s - w)²)`.

    Every pair counts alike, so that users with many held-out ratings count more. Lower is better.
    """

    reference: ClassVar[str] = "Herlocker et al. 2004, doi:10.1145/963770.963772 (section 4.1)"
    lower_is_better: ClassVar[bool] = True
    meaning: ClassVar[Meaning] = "value"
    # Errors of 1, 0 and 3.
    worked: ClassVar[tuple[WorkedPairs, ...]] = (
        WorkedPairs(score=(3, 4, 5), target=(4, 4, 2), value=(10 / 3) ** 0.5),
        WorkedPairs(score=(4, 2), target=(4, 2), value=0.0),
    )

    def over(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
        return float(((score - target) ** 2).mean() ** 0.5)

    def influence(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
        """By the slope of the root; 0 where nothing is wrong."""
        square = (score - target) ** 2
        mean = square.mean()
        return (square - mean) / (2 * mean**0.5) if mean > 0 else 0.0 * square
