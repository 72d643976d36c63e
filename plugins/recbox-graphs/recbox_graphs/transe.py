"""The objective `transe`: triples that hold should be nearer than triples with another tail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, final

from pydantic import Field, model_validator

from recbox.plugin import Objective, Spec, differs, mistake

if TYPE_CHECKING:
    from torch import nn


@final
class TransE(Objective):
    """A triple's tail should be where its relation leads from its head, and another node should not (TransE).

    `d(h,r,t) = ‖e_h + e_r - e_t‖²` over what the encoders give, for triples drawn from the graph's
    `knowledge` in both directions, and for each of them a tail drawn among the items and entities that have
    triples. A drawn one that makes a true triple doesn't count. It costs no propagation. Relations have
    vectors of their own.
    """

    reference: ClassVar[str] = "Bordes et al. 2013, Translating Embeddings; Lin et al. 2015 (TransR)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"by": "transr", "triples": 64, "normalise": False})

    by: Literal["transe", "transr"] = "transe"
    """transr: `‖W_r e_h + e_r - W_r e_t‖²`, a matrix for each relation, as KGAT learns beside bpr."""
    form: Literal["margin", "bpr"] = "margin"
    """margin: `max(0, margin + d(h,r,t) - d(h,r,t'))`. bpr: `-log σ(d(h,r,t') - d(h,r,t))`."""
    margin: Annotated[float, Field(gt=0, le=1000)] = 1.0
    """For margin: how much further another tail should be."""
    triples: Annotated[int, Field(ge=1, le=1_000_000)] = 2048
    """How many are drawn in a step."""
    normalise: bool = True
    """Bring nodes' vectors to the length 1 first, as the paper does with entities."""

    @model_validator(mode="after")
    def _margin_is_for_margin(self) -> Self:
        if self.form != "margin" and differs(self, "margin"):
            what = f"`margin` is for the form margin; `{self.form}` would not use it"
            raise mistake(what, at="margin", instead="form: margin, or remove it")
        return self

    @property
    def supervised(self) -> bool:
        return False

    @property
    def of_edges(self) -> frozenset[str]:
        return frozenset({"knowledge"})

    def check(self, hops: tuple[int, ...], final: int, dim: int) -> None:
        if hops[0] != dim:
            what = f"first vectors have {hops[0]} columns, and relations have `dim`: {dim}"
            raise mistake(what, instead="another `fuse` than concat")

    def build(self, spec: Spec) -> nn.Module:
        from recbox_graphs._transe import Translation

        return Translation(self, spec)
