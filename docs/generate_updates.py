"""What `recbox update` does for each method: from what its options say of it."""

from __future__ import annotations

from generate_promises import grid

from recbox.registry import Registry
from recbox.updating.way import Way, ways

HEAD = ("method", "known users and items", "a new user", "a new item", "who is forgotten")
GRAPH = (
    (
        "graph parts with a layer",
        "one full pass over the larger graph, with the same weights",
        "from zeros, or what encoders read of it, and its events",
        "the same",
        "no edge of theirs in the pass; weights remember",
    ),
    (
        "graph parts without a layer",
        "their vectors stay; what they did is stored, and left out of their lists",
        "where an encoder reads features, or histories",
        "where an encoder reads features",
        "weights remember",
    ),
)
SAID: dict[Way, tuple[str, str, str, str]] = {
    "fit": ("fitted again on all that there is: what a run gives", "yes", "yes", "nothing remembers them"),
    "histories": (
        "users by their histories as they are now; what was fitted of items stays",
        "by its history",
        "no",
        "what was fitted of items remembers",
    ),
    "solve": (
        "users with new events are solved again, in closed form; items and other users stay",
        "solved, given the items",
        "solved, given the users, and its users once more, given all items",
        "what was fitted of items remembers",
    ),
    "keep": (
        "their vectors stay; what they did is stored, and left out of their lists",
        "no",
        "no",
        "vectors of items remember",
    ),
}
REFUSED = ("refused: run its recipe again", "no", "no", "refused")


def updates(_: str) -> str:
    """A row for each way, and the models that go it; a model's second way is that of `--no-fit`."""
    found: dict[tuple[Way | None, bool], list[str]] = {}
    for card in Registry().cards():
        if card.kind != "model" or not card.distribution.startswith("recbox-"):
            continue
        own = ways(Registry().load("model", f"{card.distribution}:{card.name}"))
        for place, way in enumerate(own or (None,)):
            found.setdefault((way, place > 0), []).append(f"`{card.name}`")
    rows = []
    for (way, second), names in found.items():
        listed = ", ".join(names) + (" with `--no-fit`" if second else "")
        rows.append((listed, *(REFUSED if way is None else SAID[way])))
    return grid(HEAD, [*GRAPH, *rows])
