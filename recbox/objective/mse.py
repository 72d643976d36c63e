"""Squared error."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import Meaning, Objective, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class MSE(Objective):
    """The score should equal the interaction's weight, such as a rating: `mean (s - w)²`."""

    reference: ClassVar[str] = "Koren et al. 2009, Matrix factorization techniques for recommender systems"

    @property
    def meaning(self) -> Meaning:
        return "value"

    @property
    def sampled(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from recbox.objective._mse import SquaredError

        return SquaredError()
