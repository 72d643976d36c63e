"""The layer `behaviour-gcn`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

from recbox.plugin import Layer, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class BehaviourGCN(Layer):
    """One propagation for each behaviour, then fusion: `h'_u = Σ_b α_ub W_b Σ_v a^b_uv h_v`.

    b runs over the interactions, which are the target's, and over every `behaviour` edge of the graph;
    `a^b_uv = w_uv / √(d_u d_v)` in the graph of b alone, as in LightGCN. α by `by`, where n_ub is the number
    of u's edges of b:

    - `sum`: 1.
    - `weight`: `softmax_b(s_b)`, one learned number for each behaviour, the same for all nodes.
    - `count`: `e^{s_b} n_ub / Σ_c e^{s_c} n_uc`, MBGCN's: a behaviour counts by how often a node has it.
    - `attention`: `softmax_b(q · tanh(V m_ub + c))` over the behaviours that u has; m_ub is what u gets
      by b (the semantic attention of HAN, for each node by itself).
    """

    reference: ClassVar[str] = (
        "MBGCN, Jin et al. 2020, doi:10.1145/3397271.3401072; HAN, Wang et al. 2019, arXiv:1903.07293"
    )
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"by": "sum"},
        {"by": "count"},
        {"by": "attention", "transform": True},
    )
    typed: ClassVar[bool] = True

    by: Literal["sum", "weight", "count", "attention"] = "weight"
    """What each behaviour counts: 1; a learned weight; a learned weight times how often a node has it; or by
    attention, for each node. Weights begin equal."""
    norm: Literal["sym", "row"] = "sym"
    """sym: `a^b_uv = w_uv / √(d_u d_v)`; row: `w_uv / d_u`, a mean, as in MBGCN."""
    transform: bool = False
    """Whether each behaviour has a transform W_b; without, W_b is the identity, as in LightGCN."""

    @property
    def linear(self) -> bool:
        return self.by != "attention"

    @property
    def edges(self) -> frozenset[str]:
        return frozenset({"interaction", "behaviour"})

    @property
    def only_edges(self) -> frozenset[str]:
        return self.edges

    def width(self, width: int, dim: int) -> int:
        return dim if self.transform else width

    def build(self, spec: Spec) -> nn.Module:
        from recbox_graphs._behaviour import Behaviours

        return Behaviours(self, spec)
