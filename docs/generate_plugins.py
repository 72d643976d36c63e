"""recbox's own plugins, as a section each: from their cards and classes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from generate_options import definitions, table
from generate_promises import grid

from recbox.context import Context
from recbox.registry import KINDS, Card, Options, Registry
from recbox.serve.reference.words import plain

OWN = "recbox-graph"
"""Only this distribution's plugins are described here, and those that a page asks for by `brought`."""


@cache
def _cards(distribution: str = OWN) -> tuple[Card, ...]:
    return tuple(c for c in Registry().cards() if c.distribution == distribution)


def names(_: str) -> str:
    """All names, by kind."""
    rows = []
    for kind in KINDS:
        linked = ", ".join(f"[{c.name}]({kind}.md#{c.name})" for c in _cards() if c.kind == kind)
        rows.append((f"[`{kind}`]({kind}.md)", linked))
    return grid(("kind", "built in"), rows)


def kind(name: str) -> str:
    """A section for each plugin of a kind."""
    return "\n\n".join(_plugin(card) for card in _cards() if card.kind == name)


def brought(name: str) -> str:
    """The section of `DISTRIBUTION:NAME`, of another package of this repository."""
    distribution, _, own = name.partition(":")
    (card,) = (card for card in _cards(distribution) if card.name == own)
    return _plugin(card)


def _plugin(card: Card) -> str:
    cls = Registry().load(card.kind, f"{card.distribution}:{card.name}")
    definition = definitions()[f"{card.kind}.{card.name}"]
    options = table(definition, ("use", "repeat", "weight"))
    parts = [f"### {card.name}", inspect.getdoc(cls) or card.summary, *_facts(card, cls)]
    parts.append(options or "It has no options.")
    for nested in definition.get("$defs", {}).values():
        parts.append(f"*{nested['title']}*: {nested.get('description', '')}\n\n{table(nested)}")
    return "\n\n".join(parts)


def _facts(card: Card, cls: type[Options]) -> Iterator[str]:
    facts = [("Reference", _linked(card.reference)), ("Licence", getattr(cls, "licence", ""))]
    if card.kind == "source":
        facts += _provided(cls)
    elif card.kind == "metric":
        lower = getattr(cls, "lower_is_better", False)
        facts.append(("Better", "lower" if lower else "higher"))
        facts.append(("Judges", JUDGED.get(getattr(cls, "meaning", ""), "")))
    else:
        facts.append(
            ("With default options", "; ".join(f"{n}: {v}" for n, v in card.capabilities if n != "grid"))
        )
    grid = "; ".join(f"`{n}` {', '.join(map(plain, v))}" for n, v in getattr(cls, "grid", {}).items())
    facts.append(("Tried as a baseline", grid))
    lines = [f"- {label}: {value}" for label, value in facts if value]
    if lines:
        yield "\n".join(lines)


JUDGED = {
    "order": "pairs, clicks and others; of scores an order is enough",
    "value": "pairs and their weights; scores have to be such weights",
    "probability": "pairs, clicks and others; scores have to be probabilities",
}
"""What a metric of pairs asks of scores."""


def _provided(cls: Any) -> list[tuple[str, str]]:
    """What a source without required options has."""
    if any(field.is_required() for field in cls.model_fields.values()):
        return []
    found = cls().provides(Context())
    columns = [
        f"{node} {', '.join(f'`{n}` ({t})' for n, t in named.items())}"
        for node, named in found.columns.items()
        if named
    ]
    return [("Columns", "; ".join(columns)), ("Times", "yes" if found.time else "no")]


def _linked(reference: str) -> str:
    text = re.sub(r"arXiv:([\d.]+\d)", r"[arXiv:\1](https://arxiv.org/abs/\1)", reference)
    return re.sub(r"doi:(10\.[^\s;,]+[^\s;,.)])", r"[doi:\1](https://doi.org/\1)", text)
