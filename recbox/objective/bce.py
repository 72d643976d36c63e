"""Binary cross entropy."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import Meaning, Objective, Spec
from recbox.plugin.objective import Negatives

if TYPE_CHECKING:
    from torch import nn


@final
class BCE(Objective):
    """Known items are 1, sampled ones 0: `-log σ(s⁺) - mean log(1 - σ(s⁻))`.

    So σ(score) is the probability that of a known item and a drawn one this is the known one, however many
    are drawn for each. With `positive`, interactions of this weight and more are 1 and those below are 0,
    nothing is drawn, and σ(score) is the probability of such a weight.
    """

    reference: ClassVar[str] = "He et al. 2017, arXiv:1708.05031"

    positive: float | None = None
    """From which weight on an interaction is 1; null: all are, beside sampled items."""

    @property
    def negatives(self) -> Negatives:
        return "many" if self.positive is None else "none"

    @property
    def meaning(self) -> Meaning:
        return "probability"

    @property
    def sampled(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from recbox.objective._pairs import PairLoss, ThresholdLoss

        return PairLoss("bce") if self.positive is None else ThresholdLoss(self.positive)
