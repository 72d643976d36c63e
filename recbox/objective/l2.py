"""Regularisation of the first vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import Objective, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class L2(Objective):
    """`½‖e⁰‖²` of the encoders' vectors, summed over the batch's nodes and divided by the batch size."""

    reference: ClassVar[str] = "He et al. 2020, arXiv:2002.02126, equation 15"

    @property
    def supervised(self) -> bool:
        return False

    @property
    def sampled(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from recbox.objective._l2 import Norm

        return Norm()
