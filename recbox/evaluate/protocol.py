"""How a figure was measured, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def protocol(metrics: Mapping[str, Any], part: str) -> str:
    """Of a document as `metrics.json`: `ranking every item that the user had not seen`, or which items or
    pairs."""
    candidate = metrics.get("candidate")
    if isinstance(candidate, Mapping) and candidate.get("by") == "cold":
        over = candidate.get("cold")
        items = over.get("items") if isinstance(over, Mapping) else None
        return f"ranking the {_count(items)} items without an interaction in training"
    if not isinstance(found := metrics.get("pairs"), Mapping):
        return "ranking every item that the user had not seen"
    pairs = found.get(part)
    pairs = pairs if isinstance(pairs, Mapping) else {}
    said, negative = f"over {_count(pairs.get('judged'))} pairs", pairs.get("negative")
    if isinstance(negative, Mapping):
        held = f"{_count(pairs.get('clicks'))} held out and {_count(negative.get('drawn'))} drawn"
        return f"{said}, {held} ({negative.get('by')}, seed {negative.get('seed')})"
    if "positive" in pairs:
        clicks = f"{_count(pairs.get('clicks'))} of them clicks"
        return f"{said} held out, {clicks} (weight {pairs['positive']:g} or more)"
    return f"{said} held out"


def _count(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else "?"
