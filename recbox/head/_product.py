"""What `dot` and `cosine` have in common."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from recbox.plugin import Head


class Product(Head):
    """An inner product of two vectors, and a prior."""

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
