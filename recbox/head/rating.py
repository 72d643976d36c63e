"""Inner product with biases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, final

from recbox.plugin import Head, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class Rating(Head):
    """Inner product with biases of user and item and a global mean: `μ + b_u + b_i + ⟨p_u, q_i⟩`.

    The last column of a vector is its node's bias, the others are p and q. So biases are made as the vectors
    are: without layers they are free numbers, as in the paper; with layers they are passed on over the graph
    like every column. The objective `l2` shrinks them too. Pair it with `mse`, or with `bce`. A
    ranking of one user's items depends on b_i and the product alone.
    """

    reference: ClassVar[str] = "Koren et al. 2009, doi:10.1109/MC.2009.263 (equation 4)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"mean": 3.5})
    mean: float = 0.0
    """μ at first, such as the mean rating; it is learned from there on."""

    @property
    def retrievable(self) -> bool:
        return True

    @property
    def learns(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from recbox.head._rating import Biased

        return Biased(self.mean)
