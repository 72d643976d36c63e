"""What is asked where something is in doubt, and who answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """What is in doubt: answers that are possible, the guess first."""

    what: str
    answers: tuple[str, ...]


Ask = Callable[[Question], str]
"""Gives one of a question's answers."""


def first(question: Question) -> str:
    """Takes the guess."""
    return question.answers[0]
