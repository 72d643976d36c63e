"""Area under the ROC curve of each user's own pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import Meaning, PairMetric, WorkedPairs

if TYPE_CHECKING:
    import numpy as np


@final
class GAUC(PairMetric):
    """The users' own AUC, weighted by their pairs; in [0, 1].

    `Σ_u n_u AUC_u / Σ_u n_u`, over users with both a click and a pair without one. Nothing is compared across
    users, as a ranking for one of them needs it. 0.5 where there is no such user.
    """

    reference: ClassVar[str] = "Zhou et al. 2018, arXiv:1706.06978 (section 6.2)"
    meaning: ClassVar[Meaning] = "order"
    # The first user has AUC 1 with two pairs, the second ¾ with three (one win, one tie), the third no click.
    worked: ClassVar[tuple[WorkedPairs, ...]] = (
        WorkedPairs(
            score=(2, 1, 9, 8, 9, 5),
            target=(1, 0, 1, 0, 0, 0),
            user=(0, 0, 1, 1, 1, 2),
            value=(2 * 1 + 3 * 0.75) / 5,
        ),
    )

    def over(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
        return self._parts(score, target, user)[0]

    def influence(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
        """Of each user by their pairs alike."""
        value, own, weight = self._parts(score, target, user)
        if not weight.any():
            return 0.0 * score
        return ((own - value) * (weight > 0))[user] * (len(score) / weight.sum())

    def _parts(
        self, score: np.ndarray, target: np.ndarray, user: np.ndarray
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """The value, and of each user the AUC and the weight."""
        import numpy as np

        from recbox.metric._clicks import areas

        own, both = areas(score, target > 0, user)
        weight = np.bincount(user) * both
        value = float((weight * own).sum() / weight.sum()) if both.any() else 0.5
        return value, own, weight
