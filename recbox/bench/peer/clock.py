"""How a runner's steps are timed: from one request for a batch to the next."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Clock:
    """Ends an epoch's batches early, once `steps` have been timed after `warmup` others."""

    steps: int
    warmup: int
    spent: list[float] = field(default_factory=list)
    """Seconds of each step that has ended, warm-up included."""
    before: float = 0.0

    @property
    def done(self) -> bool:
        return len(self.spent) >= self.steps + self.warmup

    def begin(self) -> None:
        self.before = time.perf_counter()

    def tick(self) -> None:
        """A step has ended."""
        now = time.perf_counter()
        self.spent.append(now - self.before)
        self.before = now

    def over(self, batches: Any) -> Timed:
        """The same batches, timed."""
        return Timed(batches, self)

    @property
    def timed(self) -> list[float]:
        return self.spent[self.warmup : self.warmup + self.steps]


class Timed:
    """Stands in for a loader: its batches until the clock is done, and all else that the loader has."""

    def __init__(self, batches: Iterable[Any], clock: Clock) -> None:
        self._batches, self._clock = batches, clock

    def __len__(self) -> int:
        return len(self._batches)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batches, name)

    def __iter__(self) -> Iterator[Any]:
        self._clock.begin()
        for batch in self._batches:
            if self._clock.done:
                return
            yield batch
            self._clock.tick()
