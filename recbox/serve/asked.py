"""What clients send: types, bounds and examples of every field."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.types import StrictBool, StrictFloat, StrictInt

from recbox.source._times import LAST

MOST, LONGEST = 1000, 256
"""Items in a list, events or ids in a request; characters of an id."""
Id = Annotated[
    Annotated[StrictInt, Field(ge=-(2**63), lt=2**63)]
    | Annotated[str, StringConstraints(strict=True, min_length=1, max_length=LONGEST)],
    Field(description="An integer or a string; the two are compared as text.", examples=["196", 196]),
]
Ids = Annotated[list[Id], Field(max_length=MOST)]
Count = Annotated[StrictInt, Field(ge=1, le=MOST)]
Finite = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False, strict=True)]
Word = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=LONGEST)]
Text = Annotated[str, StringConstraints(strict=True, max_length=10_000)]
Value = (
    StrictBool | Annotated[StrictInt, Field(ge=-(2**63), lt=2**63)] | StrictFloat | Text
    | Annotated[list[Text], Field(max_length=100)] | None
)  # fmt: skip
Columns = Annotated[dict[Word, Value], Field(max_length=200)]
Where = Annotated[
    str,
    StringConstraints(strict=True, max_length=2000),
    Field(description="A condition on the items' columns.", examples=['year >= 1990 and genre has "Drama"']),
]


class Asked(BaseModel):
    """Nothing that isn't known is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class Boost(Asked):
    """Adds to the score of some items."""

    where: Where | None = None
    """Those that fit this condition."""
    items: Ids | None = None
    """These."""
    by: Finite
    """What is added to their scores; it may be negative. Scores are numbers of 24 bits: much more than all of
    them together (1e6, say) leaves no order among the items that it is added to."""

    @model_validator(mode="after")
    def _one(self) -> Boost:
        if (self.where is None) == (self.items is None):
            raise ValueError("name `where` or `items`, one of the two")
        return self


class Cap(Asked):
    """At most so many items of one value of a column; where the column is missing, an item is free."""

    column: Word
    """A column of items."""
    most: Count
    """How many of one of its values."""


class Narrowing(Asked):
    """Which items may stand in a list."""

    where: Where | None = None
    """A condition on the items' columns, such as `year >= 1990 and genre has "Drama"`."""
    exclude: Ids = []
    """Items that mustn't stand in the list."""
    only: Ids | None = None
    """Items that alone may stand in it."""


class Recommend(Narrowing):
    """One of `user` and `history`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"user": "196", "k": 10}, {"history": [50, 181], "k": 5}]}
    )
    user: Id | None = None
    """Somebody whom the artifact or the events know."""
    history: Ids | None = Field(None, description="Items that somebody has, the newest last.")
    features: Columns | None = Field(None, description="What is known of a new user, by column.")
    k: Count = 10
    """How many items."""
    seen: StrictBool = Field(False, description="Whether what the user has may stand in the list.")
    diversity: Annotated[float, Field(ge=0, le=1)] = Field(
        0.0, description="How much items of a list are to be unlike each other; k is at most 100 then."
    )
    boost: Annotated[list[Boost], Field(max_length=20)] = []
    """What is added to scores before the best are taken."""
    cap: Annotated[list[Cap], Field(max_length=5)] = []
    """How many of a kind may stand in the list."""

    @model_validator(mode="after")
    def _one(self) -> Recommend:
        _one_of_two(self.user, self.history)
        if self.diversity and self.k > 100:
            raise ValueError("with `diversity`, `k` is at most 100")
        return self


class Similar(Narrowing):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [50], "k": 10}]})
    items: Annotated[list[Id], Field(min_length=1, max_length=100)]
    """What others are to be like."""
    k: Count = 10
    """How many for each."""


class Explain(Asked):
    model_config = ConfigDict(json_schema_extra={"examples": [{"user": "196", "item": 50}]})
    user: Id | None = None
    """For whom; or `history`."""
    history: Ids | None = None
    """Items that somebody has, the newest last."""
    item: Id
    """What is to be explained; it need not stand in the user's list."""
    top: Annotated[StrictInt, Field(ge=1, le=50)] = 5
    """How many pieces of evidence stand in the sentence, in the drawing and among the paths."""
    features: Columns | None = Field(None, description="What is known of a new user, by column.")
    deletion: StrictBool = Field(
        False, description="Whether the score is computed again without the strongest, and without others."
    )

    @model_validator(mode="after")
    def _one(self) -> Explain:
        _one_of_two(self.user, self.history)
        return self


class Event(Asked):
    event_id: Word | None = Field(None, description="One that was stored before is not stored again.")
    user: Id
    """Who did it; a new id makes a new user."""
    item: Id
    """What it was done with."""
    time: Annotated[float, Field(ge=0, le=LAST, strict=True)] | None = Field(
        None, description="Unix seconds, to the year 9999; by default now."
    )
    weight: Annotated[float, Field(gt=0, le=1e6, strict=True)] | None = None
    """How much it counts, by default 1; it must be said where the recipe looks at weights. Below the recipe's
    `data.clean.threshold` the item is one that the user has, and no more."""
    behaviour: Word | None = None
    """What was done, where the data tells several, such as `buy`: one that it knows. By default the
    target."""
    recommendation_id: Word | None = Field(None, description="Of the list that it came from.")


class Events(Asked):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"events": [{"event_id": "o-1", "user": "196", "item": 50}]}]}
    )
    events: Annotated[list[Event], Field(min_length=1, max_length=MOST)]
    """All of them are stored, or none."""


class Item(Asked):
    id: Id
    """A new one, or one that is known."""
    available: StrictBool | None = Field(None, description="Whether it may stand in lists.")
    columns: Columns = {}
    """What is known of it, by column; what was said before and isn't now stays."""


class Items(Asked):
    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [{"id": 50, "available": False}]}]})
    items: Annotated[list[Item], Field(min_length=1, max_length=MOST)]
    """All of them are taken, or none."""


class User(Asked):
    id: Id
    """A new one, or one that is known."""
    columns: Columns
    """What is known of them, by column; what was said before and isn't now stays."""


class Users(Asked):
    model_config = ConfigDict(json_schema_extra={"examples": [{"users": [{"id": "new-1", "columns": {}}]}]})
    users: Annotated[list[User], Field(min_length=1, max_length=MOST)]
    """All of them are taken, or none."""


class History(Asked):
    model_config = ConfigDict(json_schema_extra={"examples": [{"user": "196"}]})
    user: Id
    """Whose."""


def _one_of_two(user: Any, history: Any) -> None:
    if (user is None) == (history is None):
        raise ValueError("name `user` or `history`, one of the two")
