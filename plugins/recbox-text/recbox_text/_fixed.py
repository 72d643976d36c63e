"""Maps of vectors that nothing is learned for: unit length, whitening, the closest of fewer columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from recbox_text.projected import Projected

SMALL = 1e-6
"""Directions with less than this share of the largest variance are noise, and left out of whitening."""


def unit(x: np.ndarray) -> np.ndarray:
    """Rows of length 1; one of zeros stays. float32."""
    length = np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True)
    return (x / np.where(length > 0, length, 1.0)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Map:
    """`(x - mean) matrix`, made from some vectors, for those and for others. mean: float64 [w]; matrix:
    float64 [w, dim]."""

    mean: np.ndarray
    matrix: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """float32 [n, dim]."""
        return ((x.astype(np.float64) - self.mean) @ self.matrix).astype(np.float32)


def whitened(x: np.ndarray, dim: int) -> Map:
    """`(x - mean) V Λ^-1/2`: columns uncorrelated and of equal variance, those with the most of it in `x`
    first, rows of length 1 in the mean square. Columns that `x` has no variance for are zeros."""
    mean = x.mean(0, dtype=np.float64)
    value, vector = _directions(x.astype(np.float64) - mean, dim)
    keep = value > SMALL * max(float(value.max(initial=0.0)), np.finfo(float).tiny)
    scale = np.zeros_like(value)
    scale[keep] = np.sqrt(len(x) / (value[keep] * max(int(keep.sum()), 1)))
    return Map(mean, _padded(vector * scale, dim))


def ridged(x: np.ndarray, dim: int, l2: float) -> Map:
    """`(x - mean) V (Λ + l2)^-1/2`, rows of length 1 in the mean square: where `dim` is as large as the
    vectors, inner products of two rows are, but for a factor, the weight that a ridge regression on them with
    the penalty l2 gives one for the other. With fewer columns, the directions with the most variance."""
    mean = x.mean(0, dtype=np.float64)
    value, vector = _directions(x.astype(np.float64) - mean, dim)
    square = float((value / (value + l2)).sum()) / len(x)
    return Map(mean, _padded(vector / np.sqrt((value + l2) * (square or 1.0)), dim))


def closest(x: np.ndarray, dim: int) -> Map:
    """`x V` with the first `dim` right singular vectors: inner products as near to those of `x` as so many
    columns can be; exact where `dim` is as large as the width, and zeros beyond it."""
    return Map(np.zeros(x.shape[1]), _padded(_directions(x.astype(np.float64), dim)[1], dim))


@dataclass(frozen=True, eq=False)
class Prepared:
    """What happens to vectors before anything learns: of the training nodes' vectors it takes mean and
    directions, and does the same to others."""

    normalise: bool
    map: Map | None

    @classmethod
    def of(cls, options: Projected, vectors: np.ndarray, dim: int, *, normalise: bool | None = None) -> Self:
        """vectors: [n, w] of the training nodes. normalise: in place of the option."""
        normalise = options.normalise if normalise is None else normalise
        plain = cls(normalise, None)
        if options.train == "frozen":
            return cls(normalise, _frozen(options, plain(vectors), dim))
        if options.projection == "whiten":
            return cls(normalise, whitened(plain(vectors), vectors.shape[1]))
        return plain

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """float32 [n, dim], or [n, w] where there is no map."""
        x = unit(x) if self.normalise else x.astype(np.float32)
        return x if self.map is None else self.map(x)


def _frozen(options: Projected, x: np.ndarray, dim: int) -> Map:
    if options.projection == "ridge":
        return ridged(x, dim, options.penalty)
    return (whitened if options.projection == "whiten" else closest)(x, dim)


def _directions(x: np.ndarray, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest `dim` eigenvalues of `xᵀx` and their vectors; of each the largest entry is positive."""
    value, vector = np.linalg.eigh(x.T @ x)
    value, vector = value[::-1][:dim], vector[:, ::-1][:, :dim]
    largest = np.take_along_axis(vector, np.abs(vector).argmax(0)[None], 0)
    return np.maximum(value, 0.0), vector * np.where(largest < 0, -1.0, 1.0)


def _padded(x: np.ndarray, dim: int) -> np.ndarray:
    return np.pad(x, ((0, 0), (0, dim - x.shape[1])))
