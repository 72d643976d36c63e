"""The objective `noise-contrast`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, final

from pydantic import Field, model_validator

from recbox.plugin import Objective, Spec, mistake
from recbox_ssl._fit import Temperature, hold_passed

if TYPE_CHECKING:
    from torch import nn


@final
class NoiseContrast(Objective):
    """A node should be like itself under another noise, and unlike other nodes (SimGCL, XSimGCL).

    `mean_u -log (e^{cos(z'_u, z''_u)/τ} / Σ_v e^{cos(z'_u, z''_v)/τ})`, and the same of items; u and v are
    the batch's different users. After each hop x becomes `x + ε sign(x) ⊙ n/‖n‖`, n uniform in (0, 1)^d.
    Without `layer` z' and z'' are the final vectors of two noisy passes beside the main one (SimGCL). With it
    the main pass is the noisy one, which every term of the loss sees: z' is its final vector, and z'' what
    this layer gives in the same pass, which costs no pass of its own (XSimGCL).
    """

    reference: ClassVar[str] = "Yu et al. 2022, arXiv:2112.08679; Yu et al. 2022, arXiv:2209.02544"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"layer": 1})

    eps: Annotated[float, Field(ge=0, le=100)] = 0.1
    """ε: how long the noise is that each hop gets."""
    temperature: Temperature = 0.2
    """τ: the smaller it is, the more the most similar other nodes count."""
    layer: Annotated[int, Field(ge=0)] | None = None
    """What the final vectors are set against in one pass: 1 is the first layer, 0 what the encoders give;
    null: two passes. With `combine: concat` a layer has fewer columns than the final vectors, and only null
    will do."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.eps == 0 and self.layer is None:
            what = "without noise both passes are the same, and a node would be set against itself"
            raise mistake(what, at="eps", instead="an `eps` above 0, or a `layer`")
        return self

    @property
    def supervised(self) -> bool:
        return False

    @property
    def disturbs(self) -> bool:
        return self.layer is not None

    def check(self, hops: tuple[int, ...], final: int, dim: int) -> None:
        hold_passed(hops)
        if self.layer is None:
            return
        if self.layer >= len(hops):
            what = f"layer {self.layer} is asked for, and the last one is {len(hops) - 1}"
            raise mistake(what, at="layer", instead=f"`layer: {len(hops) - 1}` or less")
        if hops[self.layer] != final:
            what = f"layer {self.layer} has {hops[self.layer]} columns, and the final vectors have {final}"
            raise mistake(what, at="layer", instead="`layer: null`, or another `combine`")

    def build(self, spec: Spec) -> nn.Module:
        from recbox_ssl._noise import Crossed, passes

        if self.layer is None:
            return passes(self.eps, self.temperature)
        return Crossed(self.eps, self.temperature, self.layer)
