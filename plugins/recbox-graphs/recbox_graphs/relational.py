"""The layer `relational`: a transform or a weight for each relation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, final

from pydantic import Field, model_validator

from recbox.plugin import Layer, Spec, differs, mistake

if TYPE_CHECKING:
    from torch import nn


@final
class Relational(Layer):
    """Messages by relation, each with a transform or a weight of its own (R-GCN).

    `h'_i = σ(W_0 h_i + Σ_r Σ_{j: (i,r,j)} a_ijr W_r h_j)`. Each type of edges is one relation; edges that
    have a `relation` (knowledge) are as many as there are, a relation and its inverse being two.
    """

    reference: ClassVar[str] = "Schlichtkrull et al. 2018, arXiv:1703.06103"
    typed: ClassVar[bool] = True
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"transform": "full", "activation": "tanh"})

    transform: Literal["full", "basis", "weight", "none"] = "basis"
    """full: a matrix W_r for each relation. basis: `W_r = Σ_b c_rb V_b`, a few matrices that all share.
    weight: `W_r = w_r`, one number, 1 at first. none: the vectors as they are."""
    bases: Annotated[int, Field(ge=1, le=256)] = 4
    """For basis: how many matrices."""
    norm: Literal["relation", "row", "sym"] = "relation"
    """relation: `a_ijr = w_ijr / d_ir`, a mean over each relation, as in the paper. row: `w_ijr / d_i`, a
    mean over all edges. sym: `w_ijr / √(d_i d_j)`. Degrees are sums of weights."""
    residual: bool = True
    """The node's own vector: through W_0 where relations have matrices, else as it is."""
    activation: Literal["none", "relu", "elu", "tanh"] = "none"
    """σ; none keeps the layer linear."""

    @model_validator(mode="after")
    def _bases_are_for_basis(self) -> Self:
        if self.transform != "basis" and differs(self, "bases"):
            what = f"`bases` is for basis; `{self.transform}` would not use it"
            raise mistake(what, at="bases", instead="transform: basis, or remove it")
        return self

    @property
    def linear(self) -> bool:
        return self.activation == "none"

    def width(self, width: int, dim: int) -> int:
        return width if self.transform in ("weight", "none") else dim

    def build(self, spec: Spec) -> nn.Module:
        from recbox_graphs._relational import Convolution

        return Convolution(self, spec)
