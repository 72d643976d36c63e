"""The child of `recbox.registry.probing`: imports the plugins that it is told of, one after another.

`python -m recbox.registry.probe FILE FD`: FILE holds `{"path": sys.path, "row": [card, ...]}`; what it finds
goes to the file descriptor as lines: `{"ready": true}`, and for a row `{"starting": i}` and `{"card": {}}`.
"""

from __future__ import annotations

import io
import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from recbox.registry.card import Card
from recbox.registry.child import teller
from recbox.registry.registry import Registry


def main(file: str, descriptor: str) -> None:
    """Tell of every row, and leave at once: what a plugin left behind (threads, handlers) holds nobody up."""
    tell = teller(int(descriptor))
    task = json.loads(Path(file).read_text(encoding="utf-8"))
    sys.path[:] = [*task["path"], *(p for p in sys.path if p not in task["path"])]
    leave, printed = os._exit, io.StringIO()
    registry = Registry(spill=printed)
    tell({"ready": True})
    for number, row in enumerate(task["row"]):
        tell({"starting": number})
        tell({"card": asdict(look(Card(**row), registry, printed))})
    leave(0)


def look(row: Card, registry: Registry, printed: io.StringIO) -> Card:
    """The card of one plugin; what it prints while it is imported is a warning on it."""
    printed.seek(0)
    printed.truncate()
    try:
        card = registry.fill(row)
    except BaseException as error:
        what = f"{row.kind} {row.name!r} can't be described: {type(error).__name__}"
        return replace(row, error=what, remedy=f"upgrade or uninstall {row.distribution}")
    if text := " ".join(printed.getvalue().split()):
        prints = f"prints while it is imported: {_short(text)!r}"
        return replace(card, warning="; ".join(filter(None, (card.warning, prints))))
    return card


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def plain(document: dict[str, Any]) -> dict[str, Any]:
    """A card's fields from JSON, tuples again."""
    from recbox.registry.card import Field

    return document | {
        "fields": tuple(Field(**f) for f in document["fields"]),
        "capabilities": tuple((name, value) for name, value in document["capabilities"]),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
