"""The layer `kgat`: attention over interactions and knowledge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, final

from pydantic import Field

from recbox.plugin import Layer, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class KGAT(Layer):
    """Attention over interactions and triples, by how near an edge's two ends are in its relation (KGAT).

    `π(h,r,t) = (W_r e_t)·tanh(W_r e_h + e_r)`, a softmax of it over all edges that end at h, of all types
    together, and `e_N = Σ a(h,r,t) e_t`. Interactions are one relation more. The attention learns with the
    rest; the paper computes it once an epoch, and lets only its TransR learn the relations (see `transe`).
    """

    reference: ClassVar[str] = "Wang et al. 2019, arXiv:1905.07854"
    typed: ClassVar[bool] = True
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"size": 3, "normalise": False})

    aggregator: Literal["bi-interaction", "gcn", "graphsage"] = "bi-interaction"
    """bi-interaction: `σ(W_1 (e_h + e_N)) + σ(W_2 (e_h ⊙ e_N))`. gcn: `σ(W (e_h + e_N))`. graphsage:
    `σ(W [e_h; e_N])`. σ is a LeakyReLU."""
    size: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Columns of the relations' space; null: as many as come in."""
    slope: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """Negative slope of the LeakyReLU."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the entries of the result that are zeroed while training."""
    normalise: bool = True
    """Bring each node's result to the length 1, as the authors' code does; one of zeros stays."""

    @property
    def edges(self) -> frozenset[str]:
        return frozenset({"knowledge"})

    def build(self, spec: Spec) -> nn.Module:
        from recbox_graphs._kgat import Attention

        return Attention(self, spec)
