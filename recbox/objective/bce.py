"""Binary cross entropy."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import Meaning, Objective, Spec
from recbox.plugin.objective import Negatives

if TYPE_CHECKING:
    from torch import nn


@final
class BCE(Objective):
    """Known items are 1, sampled ones 0: `-log σ(s⁺) - mean log(1 - σ(s⁻))`."""

    reference: ClassVar[str] = "He et al. 2017, arXiv:1708.05031"

    @property
    def negatives(self) -> Negatives:
        return "many"

    @property
    def meaning(self) -> Meaning:
        return "probability"

    def build(self, spec: Spec) -> nn.Module:
        from recbox.objective._pairs import PairLoss

        return PairLoss("bce")
