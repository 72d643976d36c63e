"""What `explain` gives: evidence, paths, what is no evidence, and a test by deletion."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import polars as pl

from recbox.explain.found import Method


@dataclass(frozen=True)
class Deletion:
    """What happens to the score without the strongest evidence, against other evidence drawn at random.

    items: ids of what is taken away: those that carried most, half of all at most. before, after: the score,
    and rank_before, rank_after its rank among the items that the user doesn't have. random, random_rank: the
    means of these over `draws` draws of as many others of the user's items; None where there aren't as many.
    """

    items: list[Any]
    before: float
    after: float
    rank_before: int
    rank_after: int
    random: float | None
    random_rank: float | None
    draws: int


@dataclass(frozen=True, eq=False)
class Explanation:
    """Which of a user's interactions, and which paths, carried the score of an item.

    user: the id, or `new`. item, title: of the target. score = the contributions + the `rest` + residual.
    method: `exact`, a decomposition; `integrated gradients`, which comes near to one; or `leave-one-out`,
    what is lost without each item, which need not add up. held: what is taken as it is for this user; empty:
    nothing. had: whether the user has the item already.

    evidence: item, title, contribution, share, users; every item of the history, the best first. share: of
    the sum of the sizes of all contributions and the rest, with the contribution's sign. users: how many
    have the item and the target.
    paths: item, title, by, node, node_title, count, contribution; of the strongest items, of each adding up
    to its contribution. by: `user`, `item` or `entity`, the type of a node that both the item and the target
    have an edge to (or the target itself), whose id is `node`; `others`, `count` more of these; `vectors`,
    what is left: what the item's own vector and those of all others around it have in common with the
    target's. Empty for methods without a graph.
    rest: what is no evidence, by name, such as the user's own vector. deletion: None where it wasn't asked
    for.
    """

    user: int | str
    item: int | str
    title: str | None
    score: float
    method: Method
    held: str
    had: bool
    evidence: pl.DataFrame
    paths: pl.DataFrame
    rest: dict[str, float]
    residual: float
    deletion: Deletion | None
    top: int

    @cached_property
    def sentence(self) -> str:
        """In words."""
        from recbox.explain.sentence import sentence

        return sentence(self)

    def svg(self, *, embedded: bool = False) -> str:
        """A drawing of the user, the strongest evidence, those between it and the target, and the target.

        One SVG element, without script and without a reference to anything. embedded: for a page that has
        colours of its own, whose text colour it takes; it has no style sheet then.
        """
        from recbox.explain.drawing import drawing

        return drawing(self, embedded=embedded)

    def document(self) -> dict[str, Any]:
        """All of it as plain data, for JSON."""
        plain = ("user", "item", "title", "score", "method", "held", "had", "rest", "residual")
        return {
            **{name: getattr(self, name) for name in plain},
            "evidence": self.evidence.to_dicts(),
            "paths": self.paths.to_dicts(),
            "deletion": None if self.deletion is None else asdict(self.deletion),
            "sentence": self.sentence,
        }

    def __str__(self) -> str:
        return self.sentence
