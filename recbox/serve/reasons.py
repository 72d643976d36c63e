"""Why an item stands in a list: the score that the list has for a user as they are now, taken apart."""

from __future__ import annotations

from typing import Any

from recbox.errors import UnsupportedError
from recbox.explain import DRAWS, Explainer, Subject
from recbox.serve.asked import Explain
from recbox.serve.desk import Desk
from recbox.serve.fault import Refusal
from recbox.serve.person import Person

WORK = 2**33
"""Multiplications of a test by deletion, at most: a few seconds of one core."""


def explain(desk: Desk, asked: Explain) -> dict[str, Any]:
    """The explanation's document, with `svg`, a drawing of it."""
    person, catalogue = desk.person(asked.user, asked.history, asked.features)
    item = catalogue.find(str(asked.item))
    if item < 0:
        raise Refusal(404, f"there is no item {asked.item!r}"[:300], where="body.item")
    explainer = catalogue.fitted.explainer
    subject = _subject(explainer, person, item)
    draws = _draws(explainer, subject) if asked.deletion else 0
    found = explainer.explain(subject, asked.top, deletion=asked.deletion, draws=draws)
    return {**found.document(), "user": person.user, "svg": found.svg(), "version": catalogue.version.id}


def _subject(explainer: Explainer, person: Person, item: int) -> Subject:
    if person.new is None:
        return explainer.known(person.inner, item, person.seen)
    return explainer.since(person.new, item, person.seen)


def _draws(explainer: Explainer, subject: Subject) -> int:
    """How many draws at random the test may have; an `UnsupportedError` where there is no room for two."""
    draws = min(DRAWS, WORK // max(explainer.effort(subject), 1) - 2)
    if draws < 2:
        raise UnsupportedError(
            "the test by deletion takes too long for a server",
            where="body.deletion",
            why="scores are computed again over all of the graph, or of the items",
            instead="recbox explain ARTIFACT --user ID --item ID; or leave `deletion` out",
        )
    return draws
