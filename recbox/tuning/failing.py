"""Trials that failed, by what was said of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recbox.tuning.book import Row

_NUMBER = re.compile(r"\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Failure:
    """One way to fail. reason: as it was said of the first trial. trials: their numbers."""

    reason: str
    trials: tuple[int, ...]

    def __str__(self) -> str:
        some = ", ".join(map(str, self.trials[:5])) + (", ..." if len(self.trials) > 5 else "")
        count = len(self.trials)
        return f"{count} trial{'s' * (count > 1)} ({some}): {self.reason}"


def failures(rows: Iterable[Row]) -> list[Failure]:
    """The most frequent first; reasons that differ in their numbers alone are one."""
    alike: dict[str, list[Row]] = {}
    for row in rows:
        if row.state == "failed":
            alike.setdefault(_NUMBER.sub("#", row.reason), []).append(row)
    found = [Failure(some[0].reason, tuple(row.number for row in some)) for some in alike.values()]
    return sorted(found, key=lambda failure: (-len(failure.trials), failure.trials))
