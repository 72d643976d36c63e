"""The objective `edge-dropout-contrast`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, final

from pydantic import Field

from recbox.plugin import Objective, Spec
from recbox_ssl._fit import Temperature, hold_passed

if TYPE_CHECKING:
    from torch import nn


@final
class EdgeDropoutContrast(Objective):
    """A node should be like itself in another view of the graph, and unlike other nodes (SGL).

    `mean_u -log (e^{cos(z'_u, z''_u)/τ} / Σ_v e^{cos(z'_u, z''_v)/τ})`, and the same of items: z' and z'' are
    the final vectors in two views, each with its own edges left out; u and v are the batch's different users.
    It costs two propagations beside the main one.
    """

    reference: ClassVar[str] = "Wu et al. 2021, arXiv:2010.10783, section 3"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"by": "walk", "resample": "step"})

    by: Literal["edge", "node", "walk"] = "edge"
    """What is left out: edges (SGL-ED), all edges of some nodes (ND), or other edges in each layer (RW)."""
    share: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Of the edges, or of the nodes, how many are left out; both directions of an edge go together."""
    temperature: Temperature = 0.2
    """τ: the smaller it is, the more the most similar other nodes count."""
    resample: Literal["epoch", "step"] = "epoch"
    """How long two views last: for an epoch, as in the paper, or for a step."""

    @property
    def supervised(self) -> bool:
        return False

    def check(self, hops: tuple[int, ...], final: int, dim: int) -> None:
        hold_passed(hops)

    def build(self, spec: Spec) -> nn.Module:
        from recbox_ssl._contrast import Contrast
        from recbox_ssl._views import Dropped, EpochViews, StepViews

        dropped = Dropped(self.by, self.share)
        views = EpochViews(dropped) if self.resample == "epoch" else StepViews(dropped)
        return Contrast(views, self.temperature)
