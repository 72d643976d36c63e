"""Expected calibration error: whether what is said to be likely happens as often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, final

from pydantic import Field

from recbox.plugin import Meaning, PairMetric, WorkedPairs

if TYPE_CHECKING:
    import numpy as np


@final
class CalibrationError(PairMetric):
    """Mean gap between probability and share of clicks, in bins of equal width; in [0, 1].

    `Σ_b n_b/n · |mean p - share of clicks|` over the bins b of probabilities; a bin takes its lower edge, the
    last one both. It is no reason to prefer a method on its own: always to say the overall share of clicks is
    perfectly calibrated. Lower is better.
    """

    reference: ClassVar[str] = "Guo et al. 2017, arXiv:1706.04599 (equation 5)"
    lower_is_better: ClassVar[bool] = True
    meaning: ClassVar[Meaning] = "probability"
    # Bins [0.2, 0.27) and [0.87, 0.93): gaps of ½ · |0.25 - ½| and ½ · |0.9 - 1|.
    worked: ClassVar[tuple[WorkedPairs, ...]] = (
        WorkedPairs(score=(0.25, 0.25, 0.9, 0.9), target=(1, 0, 1, 1), value=(0.25 + 0.1) / 2),
        WorkedPairs(score=(1.0, 0.0), target=(1, 0), value=0.0),
    )
    bins: Annotated[int, Field(ge=1, le=1000)] = 15
    """How many bins between 0 and 1."""

    def over(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
        return float(abs(self._gaps(score, target)[0]).sum() / len(score))

    def influence(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
        """In the direction in which each bin is off."""
        import numpy as np

        gaps, which = self._gaps(score, target)
        own = np.sign(gaps)[which] * (score - (target > 0))
        return own - own.mean()

    def _gaps(self, score: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """float64 `[bins]`: expected clicks less those that there are; int64 `[n]`: each pair's bin."""
        import numpy as np

        which = np.minimum((score * self.bins).astype(np.int64), self.bins - 1)
        return np.bincount(which, score - (target > 0), self.bins), which
