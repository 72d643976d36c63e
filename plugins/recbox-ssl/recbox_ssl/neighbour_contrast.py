"""The objective `neighbour-contrast`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, final

from pydantic import Field, model_validator

from recbox.plugin import Objective, Spec, mistake
from recbox_ssl._fit import Factor, Temperature, hold_same, hold_used

if TYPE_CHECKING:
    from torch import nn


@final
class NeighbourContrast(Objective):
    """A node should be like its neighbours of its own type, near in the graph or alike in kind (NCL).

    In the graph: `mean_u -log (e^{cos(z_uh, z_u0)/τ} / Σ_v e^{cos(z_uh, z_v0)/τ})`, z_h being what an even
    hop gives. Over interactions alone that comes from nodes of the same type; where the graph has relations
    of users or of items, or knowledge, from others too. In kind: the same of z_u0 and the prototype of its
    cluster, set against all prototypes: centres of k-means over z_0 of all users, or of all items that are
    candidates, found anew in each epoch. Users and items are apart, `users + α · items`. It costs no
    propagation beside the main one. Published code sets a node against the prototypes of its batch; this is
    the paper's.
    """

    reference: ClassVar[str] = "Lin et al. 2022, arXiv:2202.06200, sections 3.2 and 3.3"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"clusters": 4}, {"clusters": 3, "warmup": 0})

    hop: Annotated[int, Field(ge=2, multiple_of=2)] = 2
    """Which hop a node's first vector is set against; it must be even."""
    temperature: Temperature = 0.1
    """τ: the smaller it is, the more the most similar other nodes count."""
    alpha: Factor = 1.0
    """α: what items count beside users."""
    over: Literal["batch", "all"] = "batch"
    """What a node is set against in the graph: the batch's users or items, or, as in the paper, all users or
    all items that are candidates, which costs as much as scoring them all."""
    prototype: Factor = 1.0
    """What prototypes count beside the graph; 0: they aren't looked for."""
    clusters: Annotated[int, Field(ge=2)] = 100
    """Prototypes of users, and of items; no more than there are of them."""
    warmup: Annotated[int, Field(ge=0)] = 20
    """Epochs before the first prototypes, while vectors still say little of kinds. As many as `train.epochs`,
    and there are none."""

    @model_validator(mode="after")
    def _used(self) -> Self:
        if self.prototype == 0:
            why = "`prototype: 0` looks for no prototypes"
            hold_used(self, ("clusters", "warmup"), why, "a `prototype` above 0, or leave it out")
        return self

    @property
    def supervised(self) -> bool:
        return False

    @property
    def of_candidates(self) -> bool:
        return self.over == "all" or self.prototype > 0

    def check(self, hops: tuple[int, ...], final: int, dim: int) -> None:
        if self.hop >= len(hops):
            what = f"hop {self.hop} is asked for, and the last one is {len(hops) - 1}"
            raise mistake(what, at="hop", instead=f"{self.hop} layers, in a stage with `propagation: full`")
        hold_same(hops, self.hop, 0, dim, "the first vectors have")

    def build(self, spec: Spec) -> nn.Module:
        from recbox_ssl._neighbour import Neighbours

        return Neighbours(self)
