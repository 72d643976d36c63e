"""A small network over both vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Head, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class MLP(Head):
    """A multilayer perceptron over the user's and the item's vector, side by side."""

    reference: ClassVar[str] = "He et al. 2017, arXiv:1708.05031"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"hidden": [8, 8, 4], "dropout": 0.5})
    hidden: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)] = (64, 32)
    """Widths of the hidden layers."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of each hidden layer's entries that are zeroed while training."""

    @property
    def learns(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from recbox.head._mlp import Perceptron

        return Perceptron(spec.width, self.hidden, self.dropout, spec.generator)
