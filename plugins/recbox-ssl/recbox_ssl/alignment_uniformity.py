"""The objective `alignment-uniformity`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, final

from pydantic import Field, model_validator

from recbox.plugin import Objective, Spec
from recbox_ssl._fit import Factor, hold_used

if TYPE_CHECKING:
    from torch import nn


@final
class AlignmentUniformity(Objective):
    """Known pairs close together, users and items each spread out, all on the unit sphere (DirectAU).

    `mean ‖u - i‖² + γ/2 (log mean e^{-t‖u - u'‖²} + log mean e^{-t‖i - i'‖²})`, u and i being the normalised
    final vectors. The first mean is over the pairs of the batch, the others over any two rows of the batch's
    users, or of its items. It needs no negatives, and no term beside it.
    """

    reference: ClassVar[str] = "Wang et al. 2022, arXiv:2206.12811"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"gamma": 0.2})

    gamma: Factor = 0.5
    """γ: how much being spread out counts."""
    t: Annotated[float, Field(gt=0, le=100)] = 2.0
    """How fast the push between two vectors fades with their distance."""
    once: bool = False
    """Count a user or an item of the batch once, and not as often as it stands there, as the paper does. With
    large batches that keeps popular items from being pushed away for their popularity."""

    @model_validator(mode="after")
    def _used(self) -> Self:
        if self.gamma == 0:
            why = "`gamma: 0` spreads nothing out"
            hold_used(self, ("t", "once"), why, "a `gamma` above 0, or leave it out")
        return self

    @property
    def of_scores(self) -> bool:
        return False

    @property
    def sampled(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from recbox_ssl._uniformity import AlignAndSpread

        return AlignAndSpread(self.gamma, self.t, self.once)
