"""Foreign text in a card: one line, that Markdown and HTML take as text."""

from __future__ import annotations

import re
from typing import Any

LONGEST = 200
_SYNTAX = re.compile(r"([\\`*_\[\]<>|&#~$!])")
_ADDRESS = re.compile(r"(?i)(https?:|ftp:|mailto:|www\.)")


def line(value: Any) -> str:
    """One line of what can be printed; what turns the direction of text is none of it."""
    return "".join(c if c.isprintable() else " " for c in str(value))[:LONGEST]


def text(value: Any) -> str:
    """The same with all that means something escaped; an address is no link."""
    escaped = _SYNTAX.sub(r"\\\1", line(value))
    return _ADDRESS.sub(lambda found: f"{found[0][:-1]}<!-- -->{found[0][-1]}", escaped)
