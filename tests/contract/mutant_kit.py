"""A mutant: a copy of a built-in plugin in which one law is broken on purpose."""

from __future__ import annotations

from dataclasses import dataclass

from recbox.registry import Options


@dataclass(frozen=True)
class Mutant:
    """law: the name of the law that must catch it. of: the built-in that it is a copy of. breaks: what was
    done to it, in a few words. subject: the class, or one choice of its options."""

    law: str
    of: str
    breaks: str
    subject: type[Options] | Options
