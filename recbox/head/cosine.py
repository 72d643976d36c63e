"""Cosine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Head, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class Cosine(Head):
    """The cosine of the angle between the two vectors; pair it with a softmax of low temperature."""

    reference: ClassVar[str] = "Menon et al. 2021, arXiv:2007.07314 (the prior)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"popularity": 0.1})
    popularity: Annotated[float, Field(ge=0)] = 0.0
    """β: an item's score has `β log(1 + n)` more, n being its training interactions, so that vectors needn't
    say what everybody likes. Beside a softmax of temperature τ a β near τ is usual."""

    @property
    def prior(self) -> float:
        return self.popularity

    @property
    def retrievable(self) -> bool:
        return True

    def build(self, spec: Spec) -> nn.Module:
        from recbox.head._inner import Inner

        return Inner(normalise=True)
