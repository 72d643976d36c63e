"""The objective `svd-contrast`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, final

from pydantic import Field

from recbox.plugin import Objective, Spec
from recbox_ssl._fit import Temperature, hold_passed, hold_same

if TYPE_CHECKING:
    from torch import nn


@final
class SVDContrast(Objective):
    """A node should be like itself in the graph's few strongest directions, and unlike others (LightGCL).

    `mean_l mean_u -log (e^{cos(z_ul, g_ul)/τ} / Σ_v e^{cos(z_ul, g_vl)/τ})`, and the same of items. z_l is
    what hop l gives, `g_l = U S Vᵀ z_{l-1}` (of items `V S Uᵀ z_{l-1}`), with the `rank` largest singular
    values of the normalised adjacency of users and items; u are the batch's different users, v the batch's
    or all. The decomposition is computed once, and a step costs no propagation beside the main one. The
    paper has an activation σ around every hop, leaves out edges at random and sums over layers; here a hop is
    what the recipe's layer makes of it, and the mean is taken. The authors' code has inner products of
    vectors that are summed over layers, without σ.
    """

    reference: ClassVar[str] = "Cai et al. 2023, arXiv:2302.08191"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"rank": 3, "temperature": 0.5})

    rank: Annotated[int, Field(ge=1, le=1000)] = 5
    """Singular values that are kept; no more than there are users, or items."""
    temperature: Temperature = 0.2
    """τ: the smaller it is, the more the most similar other nodes count."""
    over: Literal["batch", "all"] = "batch"
    """What a node is set against: the batch's users or items, or, as in the paper, all users or all items
    that are candidates, which costs as much as scoring them all."""

    @property
    def supervised(self) -> bool:
        return False

    @property
    def of_edges(self) -> frozenset[str]:
        return frozenset({"interaction"})

    @property
    def of_candidates(self) -> bool:
        return self.over == "all"

    def check(self, hops: tuple[int, ...], final: int, dim: int) -> None:
        hold_passed(hops)
        for hop in range(1, len(hops)):
            hold_same(hops, hop, hop - 1, dim, "what it is made of has")

    def build(self, spec: Spec) -> nn.Module:
        from recbox_ssl._svd import LowRank

        return LowRank(self, spec)
