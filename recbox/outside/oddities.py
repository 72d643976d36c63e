"""What was odd in a ranking: every row ends in exactly one count, and nothing is left out unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Oddities:
    """`rows`, of which each is in one count: unknown_user, unknown_item, not_judged, seen, closed, doubled,
    beyond_k, ranked.

    not_judged: of users with nothing to find. seen: of items that the user had before, which are masked.
    closed: of items that are no candidates, where only cold ones are. doubled: of a user and item that stand
    again with a better score. beyond_k: past the user's best k. unknown_users, unknown_items: different ids.
    Of the judged users, each with the value that the list gives: users_absent have no row, users_empty have
    rows of which none counts, users_short have fewer than k items. tied: rows in somebody's best k whose
    place was decided by the item's id, for the score is a neighbour's.
    """

    k: int
    rows: int
    unknown_user: int
    unknown_item: int
    not_judged: int
    seen: int
    doubled: int
    beyond_k: int
    ranked: int
    unknown_users: int
    unknown_items: int
    user_examples: tuple[str, ...]
    item_examples: tuple[str, ...]
    users: int
    users_absent: int
    users_empty: int
    users_short: int
    tied: int
    closed: int = 0

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self) | {
            "user_examples": list(self.user_examples),
            "item_examples": list(self.item_examples),
        }

    def lines(self) -> list[str]:
        """Each oddity that there is, in a few words; empty where all is as it should be."""
        return list(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.unknown_user:
            who = counted(self.unknown_users, "unknown user") + such(self.user_examples)
            yield f"{counted(self.unknown_user, 'row')} of {who}: left out"
        if self.unknown_item:
            what = counted(self.unknown_items, "unknown item") + such(self.item_examples)
            yield f"{counted(self.unknown_item, 'row')} of {what}: left out, and lower ones move up"
        if self.users_absent:
            of, have = counted(self.users, "judged user"), agreeing(self.users_absent, "has", "have")
            yield f"{self.users_absent:,} of {of} {have} no row: each counts 0"
        if self.users_empty:
            have = agreeing(self.users_empty, "has", "have")
            yield f"{self.users_empty:,} {have} rows, but none that counts: each counts 0"
        if self.doubled:
            repeat = agreeing(self.doubled, "repeats", "repeat")
            yield f"{counted(self.doubled, 'row')} {repeat} a user and item: the best score is kept"
        if self.seen:
            yield f"{counted(self.seen, 'row')} of items that the user had before: masked"
        if self.closed:
            yield f"{counted(self.closed, 'row')} of items that are no candidates: left out"
        if self.users_short:
            who = f"{counted(self.users_short, 'user')} {agreeing(self.users_short, 'has', 'have')}"
            yield f"{who} fewer than {self.k} items, more than none"
        if self.tied:
            tied, tie = counted(self.tied, "row"), agreeing(self.tied, "ties", "tie")
            yield f"{tied} in the top {self.k} {tie} in score: the lower item id goes first"
        if self.beyond_k:
            yield f"{counted(self.beyond_k, 'row')} beyond the top {self.k}: not needed"
        if self.not_judged:
            yield f"{counted(self.not_judged, 'row')} of users with nothing to find: not judged"


def counted(number: int, word: str) -> str:
    """`3 rows`, `1 row`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def agreeing(number: int, one: str, many: str) -> str:
    """The verb that goes with so many."""
    return one if number == 1 else many


def such(examples: tuple[str, ...]) -> str:
    """Some of them in brackets."""
    return f" ({', '.join(repr(e[:40]) for e in examples)})" if examples else ""
