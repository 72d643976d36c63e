"""Numbers to places on a drawing, and the round numbers that people read on an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """low … high are drawn from `start` to `end` (in drawing units); ticks are round numbers between them.
    power: what is drawn are decimal logarithms."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    power: bool = False

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def label(self, tick: float) -> str:
        """The tick with as many decimals as its neighbours need."""
        if self.power:
            return f"{10**tick:,.{max(0, -math.floor(tick))}f}"
        step = self.ticks[1] - self.ticks[0] if len(self.ticks) > 1 else 1.0
        decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
        return f"{tick:,.{min(decimals, 6)}f}" if abs(tick) < 1e6 else f"{tick:.1e}"


def axis(
    values: list[float], start: float, end: float, *, count: int = 5, whole: bool = False, power: bool = False
) -> Axis:
    """An axis that holds all values, a tick at either end. whole: no ticks between integers. power: values
    are decimal logarithms."""
    low, high = min(values), max(values)
    if high - low < 1e-9 * max(1.0, abs(high)):
        pad = max(abs(high) * 0.05, 1.0 if whole else 1e-3)
        low, high = (low, high + pad) if whole else (low - pad, high + pad)
    step = _round_step((high - low) / count)
    step = max(1.0, math.ceil(step)) if whole else step
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(n * step, 12) for n in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], start, end, ticks, power)


def epochs(last: float, start: float, end: float) -> Axis:
    """An axis from 1 to the last epoch, which need not be a round number."""
    step = max(1.0, _round_step(last / 5))
    ticks = [1.0, *(float(t) for t in range(int(step), int(last) + 1, math.ceil(step)) if t > 1)]
    return Axis(1.0, max(last, 2.0), start, end, tuple(ticks))


def _round_step(raw: float) -> float:
    """1, 2 or 5 times a power of ten, the nearest above `raw`."""
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= raw * (1 - 1e-9))
