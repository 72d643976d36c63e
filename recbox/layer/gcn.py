"""Graph convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, final

from pydantic import Field

from recbox.plugin import Layer, Spec

if TYPE_CHECKING:
    from torch import nn

Activation = Literal["none", "relu", "elu", "tanh"]


@final
class GCN(Layer):
    """Graph convolution with a transform and a residual: `h'_u = σ(h_u + Σ a_uv W h_v)`."""

    reference: ClassVar[str] = "Kipf & Welling 2017, arXiv:1609.02907"
    residual: bool = True
    """Add the node's own vector to what it receives (through a transform where the widths differ)."""
    norm: Literal["sym", "row", "none"] = "sym"
    """sym: `a_uv = w_uv / √(d_u d_v)`; row: `w_uv / d_u`, a mean; none: `w_uv`."""
    activation: Activation = "none"
    """σ; none keeps the layer linear."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the incoming vectors' entries that are zeroed while training."""

    @property
    def linear(self) -> bool:
        return self.activation == "none"

    @property
    def sampled(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from recbox.layer._gcn import Convolution

        return Convolution(self, spec.width, spec.dim, spec.generator)
