"""What graph filters make of a frequency.

P = R̃ᵀR̃ has eigenvalues between 0 and 1, once it is divided by the largest: 1 is the smoothest signal over the
graph of items, 0 the roughest. A filter is a function of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from recbox.model.spectral import Spectral

Response = Callable[[np.ndarray], np.ndarray]
"""Values of a filter at eigenvalues, float64 `[n]` both."""


def response(options: Spectral) -> Response:
    """h, without what `ideal` adds, and 0 at 0."""

    def h(x: np.ndarray) -> np.ndarray:
        return (_filtered(options, x) + options.linear * x) * sharpened(x, options.sharpen)

    return lambda x: h(x) - h(np.zeros(1))


def _filtered(options: Spectral, x: np.ndarray) -> np.ndarray:
    shape = options.shape
    match options.filter:
        case "plateau":
            return plateau(x, shape)
        case "heat":
            return np.exp(-shape * (1 - x))
        case "gaussian":
            return np.exp(-shape * (1 - x) ** 2)
        case "polynomial":
            return np.polynomial.polynomial.polyval(x, (0.0, *options.coefficient))
    return np.zeros_like(x)


def plateau(x: np.ndarray, shape: float) -> np.ndarray:
    """½ + ½ sign(2x - 1) |2x - 1|^φ: flat about the middle, the more so the larger φ (ChebyCF)."""
    t = 2 * x - 1
    return 0.5 + 0.5 * np.sign(t) * np.abs(t) ** shape


def sharpened(x: np.ndarray, time: float) -> np.ndarray:
    """One Runge-Kutta step of the fourth order of dr/dt = -x r: e^{-tx} to the fourth power (BSPM)."""
    z = time * x
    return 1 - z + z**2 / 2 - z**3 / 6 + z**4 / 24


def chebyshev(f: Response, degree: int) -> np.ndarray:
    """float64 `[degree + 1]`: c with `Σ c_k T_k(2x - 1)` equal to f at Chebyshev's points of [0, 1]."""
    n = degree + 1
    angle = (np.arange(n) + 0.5) * np.pi / n
    value = f((np.cos(angle) + 1) / 2)
    found = 2 / n * np.cos(np.outer(np.arange(n), angle)) @ value
    found[0] /= 2
    return found
