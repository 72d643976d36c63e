"""What clients get, for the OpenAPI document; tests hold the answers to it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


Id = int | str


class Listed(Told):
    rank: int
    item: Id
    title: str | None
    score: float


class Recommendation(Told):
    recommendation_id: str
    """What events may refer to."""
    version: str
    user: Id | None
    folded: bool
    """Whether the scores know of what the user did since training."""
    items: list[Listed]


class Alike(Told):
    item: Id
    similar: list[Listed]


class Similarity(Told):
    version: str
    items: list[Alike]


class Evidence(Told):
    item: Id
    title: str | None
    contribution: float
    share: float | None
    """Of all that counts, with the contribution's sign."""
    users: int | None
    """How many have the item and the target."""


class Path(Told):
    item: Id
    title: str | None
    by: str
    """`user`, `item` or `entity`: the type of the node between; `others`, or `vectors`."""
    node: Id | None
    node_title: str | None
    count: int | None
    contribution: float


class Explanation(Told):
    version: str
    user: Id | None
    item: Id
    title: str | None
    score: float
    method: str
    """`exact`, `integrated gradients` or `leave-one-out`."""
    held: str
    """What is taken as it is for this user."""
    had: bool
    rest: dict[str, float]
    residual: float
    evidence: list[Evidence]
    paths: list[Path]
    deletion: None
    sentence: str
    svg: str


class Stored(Told):
    stored: int
    duplicate: int
    """Events whose event_id was there already."""


class Taken(Told):
    items: int
    """Of how many items something was said."""
    new: int
    """How many of them the artifact doesn't know."""


class TakenUsers(Told):
    users: int


class Hit(Told):
    id: Id
    title: str | None


class Found(Told):
    found: list[Hit]


class Had(Told):
    item: Id
    title: str | None
    time: float | None
    weight: float
    behaviour: str | None
    source: str
    """`event`, or `data`: what the artifact was made of."""


class Histories(Told):
    user: Id
    items: list[Had]


class ColumnOf(Told):
    name: str
    type: str
    role: str


class Method(Told):
    fold: bool
    explain: bool
    new_items: bool
    similar: bool
    why: dict[str, str]
    """What the method can't do, with the reason."""


class About(Told):
    name: str
    version: str
    recbox: str
    users: int
    items: int
    new_items: int
    interactions: int
    events: int
    columns: list[ColumnOf]
    user_columns: list[ColumnOf]
    method: Method


class Health(Told):
    status: str


class Error(Told):
    where: str
    what: str
    why: str
    instead: str


class Fault(Told):
    error: Error
