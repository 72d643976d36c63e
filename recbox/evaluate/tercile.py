"""Thirds of users or items by a count; who has equally many stays together."""

from __future__ import annotations

import numpy as np


def terciles(values: np.ndarray) -> tuple[int, int, int]:
    """The ends of the first and second third, and the largest value."""
    first, second = (int(x) for x in np.quantile(values, [1 / 3, 2 / 3], method="inverted_cdf"))
    return first, second, int(values.max())


def members(
    values: np.ndarray, ends: tuple[int, int], names: tuple[str, str, str]
) -> list[tuple[str, np.ndarray]]:
    """Those at or below the first end, up to the second, and above, as bool; without what nobody is in."""
    third = (values > ends[0]).astype(int) + (values > ends[1])
    return [(name, third == n) for n, name in enumerate(names) if (third == n).any()]
