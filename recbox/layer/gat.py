"""Graph attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, final

from pydantic import Field

from recbox.layer.gcn import Activation
from recbox.plugin import Layer, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class GAT(Layer):
    """Graph attention: neighbours weighted by a learned score of the two vectors, in several heads."""

    reference: ClassVar[str] = "Veličković et al. 2018, arXiv:1710.10903"
    heads: Annotated[int, Field(ge=1, le=64)] = 4
    """Attention heads; their outputs, `dim / heads` columns each, stand side by side."""
    attention_dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the attention weights that are zeroed while training."""
    slope: Annotated[float, Field(ge=0, lt=1)] = 0.2
    """Negative slope of the LeakyReLU on the scores."""
    edge_features: bool = False
    """Let the scores depend on what edges carry (`graph.edge.feature`), on their type and their way."""
    residual: bool = True
    """Add the node's own vector (through a transform where the widths differ)."""
    activation: Activation = "none"
    """On the sum; none by default."""

    @property
    def reads_edges(self) -> bool:
        return self.edge_features

    @property
    def sampled(self) -> bool:
        return not self.edge_features

    def width(self, width: int, dim: int) -> int:
        if dim % self.heads:
            raise ValueError(f"gat's {self.heads} heads don't divide dim {dim}")
        return dim

    def build(self, spec: Spec) -> nn.Module:
        from recbox.layer._gat import Attention

        return Attention(self, spec)
