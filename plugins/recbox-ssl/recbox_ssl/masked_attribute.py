"""The objective `masked-attribute`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, final

from pydantic import Field, field_validator, model_validator

from recbox.plugin import Objective, Spec, mistake
from recbox_ssl._fit import hold_final, hold_first, hold_passed, hold_used

if TYPE_CHECKING:
    from torch import nn


DECODED = frozenset({"categorical", "multi", "numeric"})
"""Types of columns that are decoded."""


@final
class MaskedAttribute(Objective):
    """What hidden nodes are like should be told by the graph around them (after GraphMAE).

    In a pass of its own a share of the nodes has one learned vector m in place of what the encoders give.
    From the final vectors z of these nodes a linear decoder says their attributes: of a categorical column by
    the cross entropy, of one with several categories by that of each of them, of numbers by the squared error
    of standardised ones; each is a mean over the hidden nodes that have a value, and the loss the mean over
    columns. With `of: vectors` it says the encoders' own vectors x, of texts too, by the scaled cosine error
    `mean (1 - cos(W z + b, x))^γ`, through which x itself doesn't learn. It costs one propagation.
    """

    reference: ClassVar[str] = "Hou et al. 2022, arXiv:2205.10803"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"node": "user", "share": 0.5})

    node: Literal["item", "user"] = "item"
    """Whose attributes."""
    of: Literal["columns", "vectors"] = "columns"
    """What is decoded: columns of the data, or what the encoders give, which holds for texts too."""
    columns: tuple[str, ...] = ()
    """Which columns; none given: all that are categorical, numeric or lists of categories."""
    share: Annotated[float, Field(gt=0, lt=1)] = 0.3
    """Of the nodes, how many are hidden in a step; one at least."""
    gamma: Annotated[float, Field(ge=1, le=10)] = 2.0
    """γ, for `of: vectors`: the larger it is, the less what is nearly right counts."""

    @field_validator("columns")
    @classmethod
    def _once(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        if twice := [name for i, name in enumerate(columns) if name in columns[:i]]:
            raise mistake(f"{twice[0]!r} stands twice", instead="each column once")
        return columns

    @model_validator(mode="after")
    def _used(self) -> Self:
        if self.of == "vectors":
            why = "`of: vectors` decodes what the encoders give"
            hold_used(self, ("columns",), why, "of: columns, or leave it out")
        else:
            why = "`of: columns` has no cosine error"
            hold_used(self, ("gamma",), why, "of: vectors, or leave it out")
        return self

    @property
    def supervised(self) -> bool:
        return False

    def needs_of(self, node: str) -> frozenset[str]:
        return frozenset(self.columns if node == self.node and self.of == "columns" else ())

    def needs_any_of(self, node: str) -> frozenset[str]:
        any_of = node == self.node and self.of == "columns" and not self.columns
        return DECODED if any_of else frozenset()

    def types_of(self, node: str) -> frozenset[str]:
        return DECODED

    def check(self, hops: tuple[int, ...], final: int, dim: int) -> None:
        hold_passed(hops)
        hold_first(hops, dim)
        hold_final(hops, final, dim)

    def build(self, spec: Spec) -> nn.Module:
        from recbox_ssl._attribute import HiddenNodes

        return HiddenNodes(self, spec)
