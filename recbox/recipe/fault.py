"""What to say of a part that does not do what its kind promises."""

from __future__ import annotations

from recbox.errors import PluginError
from recbox.recipe.recipe import Part


def fault(part: Part, what: str, *, why: str = "", instead: str = "") -> PluginError:
    """`the layer 'hop' gives no tensor`, with the distribution and the entry point that brought it."""
    origin = part.origin
    remedy = origin.remedy if origin else "tell its author"
    return PluginError(
        f"the {part.kind} {part.label!r} {what}",
        where=str(origin) if origin else "",
        why=why,
        instead=f"{instead}; {remedy}" if instead else remedy,
    )
