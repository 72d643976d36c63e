"""Fair clocks: calls that are compared take turns, so that a busy moment hits all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles

import torch

from recbox.progress import SILENT, Progress

Call = Callable[[], object]


@dataclass(frozen=True)
class Timed:
    """What each round of one call took: milliseconds, or whatever else was measured."""

    rounds: tuple[float, ...]

    @property
    def ms(self) -> float:
        """The median."""
        return median(self.rounds)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Between which the middle half of the rounds lies; a single round is both."""
        if len(self.rounds) == 1:
            return self.rounds[0], self.rounds[0]
        low, _, high = quantiles(self.rounds, n=4, method="inclusive")
        return low, high

    def over(self, other: Timed) -> Timed:
        """How many times as much as `other`, round by round."""
        return Timed(tuple(a / b for a, b in zip(self.rounds, other.rounds)))

    def ratio(self, other: Timed) -> float:
        """How many times longer than `other`: the median of the rounds' ratios."""
        return self.over(other).ms


def take_turns(
    calls: Mapping[str, Call], repeat: int, progress: Progress = SILENT, title: str = ""
) -> dict[str, Timed]:
    """Each call once a round, `repeat` rounds after one that isn't counted."""
    rounds: dict[str, list[float]] = {name: [] for name in calls}
    with progress.task(title, len(calls) * (repeat + 1), "call") as task:
        for turn in range(repeat + 1):
            for name, call in calls.items():
                spent = _time(call)
                task.advance()
                if turn:
                    rounds[name].append(spent)
    return {name: Timed(tuple(spent)) for name, spent in rounds.items()}


def _time(call: Call) -> float:
    start = time.perf_counter()
    call()
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return (time.perf_counter() - start) * 1e3


def triad(repeat: int = 10, mib: int = 64, device: str = "cpu") -> float:
    """GB/s of STREAM's triad a = b + s · c (McCalpin 1995) on arrays of `mib` MiB: the best of `repeat`."""
    n = mib * 2**20 // 4
    a, b, c = (torch.ones(n, device=device) for _ in range(3))
    spent = take_turns({"triad": lambda: torch.add(b, c, alpha=3.0, out=a)}, repeat)["triad"]
    return 3 * 4 * n / min(spent.rounds) / 1e6
