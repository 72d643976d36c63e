"""What clients get, for the OpenAPI document; tests hold the answers to it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


Id = int | str


class Listed(Told):
    rank: int
    """From 1, the best first."""
    item: Id
    """Its id, as the data has it."""
    title: str | None
    """Its title, where the data has titles."""
    score: float
    """What the list is ordered by, `boost` included; it is comparable within a list alone."""


class Recommendation(Told):
    recommendation_id: str
    """What events may refer to."""
    version: str
    """The artifact's version that made the list."""
    user: Id | None
    """Who was asked for; null for a history."""
    folded: bool
    """Whether the scores know of what the user did since training."""
    items: list[Listed]
    """The list."""


class Alike(Told):
    item: Id
    """One that was asked for."""
    similar: list[Listed]
    """What is like it, the most alike first."""


class Similarity(Told):
    version: str
    """The artifact's version that answered."""
    items: list[Alike]
    """One for each item that was asked for, in that order."""


class Stored(Told):
    stored: int
    """Events that are on the disk now."""
    duplicate: int
    """Events whose event_id was there already."""


class Taken(Told):
    items: int
    """Of how many items something was said."""
    new: int
    """How many of them the artifact doesn't know."""


class TakenUsers(Told):
    users: int
    """Of how many users something was said."""


class Hit(Told):
    id: Id
    """The id, as the data has it."""
    title: str | None
    """The title, where there is one."""


class Found(Told):
    found: list[Hit]
    """The best matches first."""


class Had(Told):
    item: Id
    """Its id, as the data has it."""
    title: str | None
    """Its title, where the data has titles."""
    time: float | None
    """Unix seconds, where known."""
    weight: float
    """How much it counts."""
    behaviour: str | None
    """What was done, where the data tells several."""
    source: str
    """`event`, or `data`: what the artifact was made of."""


class Histories(Told):
    user: Id
    """Who was asked for."""
    items: list[Had]
    """The newest first."""


class ColumnOf(Told):
    name: str
    """As conditions write it."""
    type: str
    """What it holds: `text`, `numeric`, `categorical` or `multi`."""
    role: str
    """`title`: what people read in lists; `text`: what language models read; else empty."""


class Method(Told):
    fold: bool
    """Lists for a history, and for users whom the artifact doesn't know."""
    explain: bool
    """Explanations."""
    new_items: bool
    """Lists with items that came since training."""
    similar: bool
    """Items like an item."""
    why: dict[str, str]
    """What the method can't do, with the reason."""


class Counting(Told):
    behaviours: list[str]
    """What an event may be of; empty: of anything."""
    behaviour_needed: bool
    """Whether an event must say which: the data tells several, and none is the target."""
    weight_needed: bool
    """Whether an event must have a weight: the recipe looks at weights."""
    threshold: float | None
    """The weight below which an item is had, and isn't learned from; null: any counts."""


class About(Told):
    name: str
    """The recipe's."""
    version: str
    """The artifact's version that answers."""
    recbox: str
    """The version of recbox."""
    users: int
    """Users of the artifact."""
    items: int
    """Items of the artifact."""
    new_items: int
    """Items that came since."""
    interactions: int
    """What the artifact was made of."""
    events: int
    """Events that were ever stored."""
    columns: list[ColumnOf]
    """What is known of items."""
    user_columns: list[ColumnOf]
    """What is known of users."""
    event: Counting
    """What events must be like, and which count."""
    method: Method
    """What the method can do."""


class Health(Told):
    status: str
    """`alive`, or `ready`."""


class Error(Told):
    where: str
    """The part of the request that it is about."""
    what: str
    """What is wrong."""
    why: str
    """The cause, where it is known."""
    instead: str
    """What to do in its place."""


class Fault(Told):
    error: Error
