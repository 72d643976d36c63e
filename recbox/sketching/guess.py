"""What a column is taken for, and why that is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recbox.sketching.facts import Facts
from recbox.sketching.words import Role

SURE, NEAR = 0.6, 0.15
"""A guess below the first, or no more than the second ahead of another, is in doubt."""
FILLED = 0.95
"""Rows without a time, weight or behaviour are bad: only where this share has it, it is taken for one."""


@dataclass(frozen=True)
class Guess:
    """The column of a role (None: there is none), and others that it might be; why it is in doubt."""

    role: Role
    column: Facts | None
    others: tuple[Facts, ...] = ()
    doubt: str = ""


def as_well(rivals: Sequence[Facts]) -> str:
    """Why a guess is in doubt; empty without rivals."""
    return f"it might be {', '.join(repr(c.sample.at) for c in rivals)} as well" if rivals else ""
