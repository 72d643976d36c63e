"""Softmax over items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, final

from pydantic import Field

from recbox.plugin import Objective, Spec
from recbox.plugin.objective import Negatives

if TYPE_CHECKING:
    from torch import nn


@final
class Softmax(Objective):
    """A known item should stand out among others: `mean -log (e^{s⁺/τ} / Σ_j e^{s_j/τ})`."""

    reference: ClassVar[str] = "Yi et al. 2019, doi:10.1145/3298689.3346996; Wu et al. 2024, arXiv:2201.02327"
    over: Literal["in-batch", "sampled", "all"] = "all"
    """all items; the sampled ones of train.negative; or the batch's other items."""
    temperature: Annotated[float, Field(gt=0)] = 1.0
    """τ; with the cosine head 0.1 to 0.3 is usual, for scores lie between -1 and 1 there."""
    correct: bool = True
    """For in-batch and sampled: subtract log q from an item's score, q being how often it is expected among
    those drawn, so that the sum is an estimate of that over all items."""

    @property
    def negatives(self) -> Negatives:
        return {"in-batch": "none", "sampled": "many", "all": "all"}[self.over]

    @property
    def corrects(self) -> bool:
        return self.correct and self.over in ("in-batch", "sampled")

    @property
    def sampled(self) -> bool:
        return self.over != "all"

    def build(self, spec: Spec) -> nn.Module:
        from recbox.objective._softmax import SoftmaxLoss

        return SoftmaxLoss(self.over, self.temperature, self.correct)
