"""What clients get who ask why; as `told`."""

from __future__ import annotations

from recbox.serve.told import Id, Told


class Evidence(Told):
    item: Id
    """One that the user has."""
    title: str | None
    """Its title, where the data has titles."""
    contribution: float
    """What it adds to the score; negative, where it takes away."""
    share: float | None
    """Of all that counts, with the contribution's sign."""
    users: int | None
    """How many have the item and the target."""


class Path(Told):
    item: Id
    """The evidence that the path begins with."""
    title: str | None
    """Its title, where the data has titles."""
    by: str
    """`user`, `item` or `entity`: the type of the node between; `others`, or `vectors`."""
    node: Id | None
    """The id of the node between."""
    node_title: str | None
    """Its title, where it has one."""
    count: int | None
    """How many paths that is."""
    contribution: float
    """What the path adds to the score."""


class Deletion(Told):
    items: list[Id]
    """What is taken away: those that carried most, half of all at most."""
    before: float
    """The score with them."""
    after: float
    """The score without them."""
    rank_before: int
    """The item's rank among those that the user doesn't have, with them."""
    rank_after: int
    """The same without them."""
    random: float | None
    """The mean score without as many others, drawn at random; null where there aren't as many."""
    random_rank: float | None
    """The mean rank without these."""
    draws: int
    """How many draws the means are of."""


class Explanation(Told):
    version: str
    """The artifact's version that answered."""
    user: Id | None
    """Who was asked for; null for a history."""
    item: Id
    """The item that is explained."""
    title: str | None
    """Its title, where the data has titles."""
    score: float
    """Its score for the user."""
    method: str
    """`exact`, `integrated gradients` or `leave-one-out`."""
    held: str
    """What is taken as it is for this user."""
    had: bool
    """Whether the user has it already."""
    rest: dict[str, float]
    """What else is in the score, by name."""
    residual: float
    """What none of it accounts for."""
    evidence: list[Evidence]
    """The user's items, the one that adds most first."""
    paths: list[Path]
    """How the strongest evidence reaches the item over the graph; empty for methods without one."""
    deletion: Deletion | None
    """What becomes of the score without the strongest evidence; null where it wasn't asked for, or where no
    item carried anything."""
    sentence: str
    """All this in words."""
    svg: str
    """The same as a drawing: a picture without script, for light and for dark."""
