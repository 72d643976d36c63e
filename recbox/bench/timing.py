"""Fair clocks: calls that are compared take turns, so that a busy moment hits all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

import torch

Call = Callable[[], object]


@dataclass(frozen=True)
class Timed:
    """Milliseconds of each round of one call."""

    rounds: tuple[float, ...]

    @property
    def ms(self) -> float:
        """The median."""
        return median(self.rounds)

    def ratio(self, other: Timed) -> float:
        """How many times longer than `other`: the median of the rounds' ratios."""
        return median(a / b for a, b in zip(self.rounds, other.rounds))


def take_turns(calls: Mapping[str, Call], repeat: int) -> dict[str, Timed]:
    """Each call once a round, `repeat` rounds after one that isn't counted."""
    rounds: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(repeat + 1):
        for name, call in calls.items():
            spent = _time(call)
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
