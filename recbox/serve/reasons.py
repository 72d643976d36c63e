"""Why an item stands in a list: what `Fitted.explain` says, of a user as they are now."""

from __future__ import annotations

from typing import Any

from recbox.serve.asked import Explain
from recbox.serve.desk import Desk
from recbox.serve.fault import Refusal
from recbox.serve.person import Person


def explain(desk: Desk, asked: Explain) -> dict[str, Any]:
    """The explanation's document, with `svg`, a drawing of it. The test by deletion isn't made: it takes tens
    of passes over the graph."""
    person, catalogue = desk.person(asked.user, asked.history)
    if catalogue.find(str(asked.item)) < 0:
        raise Refusal(404, f"there is no item {asked.item!r}"[:300], where="body.item")
    fitted, ids = catalogue.fitted, catalogue.version.items.ids
    since = [] if person.new is None else _since(person, catalogue.version.record.of_user)
    user = catalogue.version.users.ids[person.inner] if person.inner >= 0 else None
    history = ids.gather(since).to_list() or None
    with catalogue.version.explaining:
        found = fitted.explain(user, str(asked.item), history=history, top=asked.top, deletion=False)
        document = found.document()
        return {**document, "user": person.user, "svg": found.svg(), "version": catalogue.version.id}


def _since(person: Person, rows: Any) -> list[int]:
    """Inner ids of what was folded in and training didn't know of, the newest last."""
    assert person.new is not None  # noqa: S101
    newest = person.new.item if person.new.newest is None else person.new.item[person.new.newest][::-1]
    if person.inner < 0:
        return list(newest.tolist())
    had = rows(person.inner)
    known = set(had.item[had.fitted].tolist())
    return [item for item in newest.tolist() if item not in known]
