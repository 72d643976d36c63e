"""Bayesian personalised ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import Objective, Spec
from recbox.plugin.objective import Negatives

if TYPE_CHECKING:
    from torch import nn


@final
class BPR(Objective):
    """A known item should score above a sampled one: `-log σ(s⁺ - s⁻)`, the mean over pairs."""

    reference: ClassVar[str] = "Rendle et al. 2009, arXiv:1205.2618"

    @property
    def negatives(self) -> Negatives:
        return "many"

    @property
    def sampled(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from recbox.objective._pairs import PairLoss

        return PairLoss("bpr")
