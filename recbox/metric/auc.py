"""Area under the ROC curve, over all pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import Meaning, PairMetric, WorkedPairs

if TYPE_CHECKING:
    import numpy as np


@final
class AUC(PairMetric):
    """How likely a click has a higher score than a pair without one, over all users; in [0, 1].

    `#{(p, n): s_p > s_n} + ½ #{s_p = s_n}` over the number of (click, other): 0.5 for scores that say
    nothing, and where there are no clicks or nothing else. Pairs of different users are compared too, so that
    to know who clicks much helps; `gauc` compares each user's own.
    """

    reference: ClassVar[str] = (
        "Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747; its influence: DeLong et al. 1988, "
        "doi:10.2307/2531595"
    )
    meaning: ClassVar[Meaning] = "order"
    # Of the four (click, other), one is lost and one is tied.
    worked: ClassVar[tuple[WorkedPairs, ...]] = (
        WorkedPairs(score=(3, 1, 1, 2), target=(1, 1, 0, 0), value=2.5 / 4),
        WorkedPairs(score=(3, 1), target=(1, 1), value=0.5),
    )

    def over(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
        from recbox.metric._clicks import area

        return area(score, target > 0)[0]

    def influence(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
        import numpy as np

        from recbox.metric._clicks import area

        click = target > 0
        value, share = area(score, click)
        clicks = click.mean()
        return (share - value) / np.where(click, clicks, 1 - clicks)
