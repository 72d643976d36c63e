"""The objective `masked-edge`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Objective, Spec
from recbox_ssl._fit import hold_passed

if TYPE_CHECKING:
    from torch import nn


@final
class MaskedEdge(Objective):
    """Hidden interactions should be told from pairs that are none by what is left of the graph (MaskGAE).

    `mean_{(u,i) hidden} -log σ(s_ui) - mean_{(u,j) none} log(1 - σ(s_uj))`, where s is the recipe's head over
    the final vectors of a pass without the hidden ones. For each of them an item is drawn for its user,
    uniformly; one that the user knows, or that is no candidate, doesn't count. Edges of other types aren't
    hidden, but for one of the same user and item, which would tell. What was made of all interactions knows
    the hidden ones still: `item-relation` by co-occurrence, and encoders that read histories. It costs one
    propagation beside the main one. The paper has a small network as a decoder, and tells degrees too; here
    the head stands for it, and degrees are left out.
    """

    reference: ClassVar[str] = "Li et al. 2023, arXiv:2205.10053"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"share": 0.3, "edges": 16})

    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Of the interactions, how many are hidden in a step; both directions of an edge together."""
    edges: Annotated[int, Field(ge=1, le=1_000_000)] = 2048
    """Hidden interactions that a step is asked about at most, drawn by lot."""

    @property
    def supervised(self) -> bool:
        return False

    @property
    def of_scores(self) -> bool:
        return True

    @property
    def of_candidates(self) -> bool:
        return True

    @property
    def of_edges(self) -> frozenset[str]:
        return frozenset({"interaction"})

    def check(self, hops: tuple[int, ...], final: int, dim: int) -> None:
        hold_passed(hops)

    def build(self, spec: Spec) -> nn.Module:
        from recbox_ssl._masked import HiddenEdges

        return HiddenEdges(self.share, self.edges)
