"""The source `synthetic`: made data with a structure that can be learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self, final

from pydantic import Field, model_validator

from recbox.plugin import Provides, Sample, Source

if TYPE_CHECKING:
    from pathlib import Path

    from recbox.context import Context
    from recbox.data import Tables

Size = Annotated[int, Field(ge=2, le=100_000_000)]


@final
class Synthetic(Source):
    """Made interactions: people of hidden tastes, items of a few kinds, some far more popular than others."""

    users: Size = 1000
    """How many people; each has at least one interaction."""
    items: Size = 500
    """How many items; each has at least one interaction."""
    interactions: Annotated[int, Field(ge=2, le=1_000_000_000)] = 20_000
    """How many different pairs of a person and an item."""
    clusters: Annotated[int, Field(ge=1, le=16)] = 8
    """Kinds of items; a person likes two of them."""
    taste: Annotated[float, Field(ge=0, le=1)] = 0.8
    """The share of interactions that follow a person's taste; the rest follow popularity alone."""
    skew: Annotated[float, Field(ge=0, le=3)] = 0.8
    """How unequal popularity is: the exponent of Zipf's law; 0 makes all items alike."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not max(self.users, self.items) <= self.interactions <= self.users * self.items // 2:
            raise ValueError(
                f"interactions must lie between {max(self.users, self.items)} (one for each user and item) "
                f"and {self.users * self.items // 2} (half of all pairs)"
            )
        return self

    def provides(self, context: Context) -> Provides:
        item = {"title": "text", "year": "numeric", "genre": "multi"}
        user = {"age": "numeric", "occupation": "categorical"}
        return Provides(columns={"item": item, "user": user}, time=True)

    @classmethod
    def sample(cls, folder: Path) -> Sample:
        return Sample(cls(users=30, items=20, interactions=200))

    def read(self, context: Context) -> Tables:
        from recbox.source._synthetic import make

        return make(self, context.random("synthetic"))
