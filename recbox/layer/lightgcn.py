"""LightGCN's propagation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, final

from recbox.plugin import Layer, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class LightGCN(Layer):
    """The normalised sum of the neighbours' vectors, without a transform: `x' = Â x`."""

    reference: ClassVar[str] = "He et al. 2020, arXiv:2002.02126"
    norm: Literal["sym", "row", "none"] = "sym"
    """sym: `a_uv = w_uv / √(d_u d_v)`; row: `w_uv / d_u`, a mean; none: `w_uv`."""

    @property
    def linear(self) -> bool:
        return True

    @property
    def sampled(self) -> bool:
        return True

    @property
    def propagates(self) -> Literal["sym", "row", "none"]:
        return self.norm

    def width(self, width: int, dim: int) -> int:
        return width

    def build(self, spec: Spec) -> nn.Module:
        from recbox.layer._lightgcn import Propagate

        return Propagate(self.norm)
