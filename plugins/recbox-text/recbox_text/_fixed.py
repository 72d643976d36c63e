"""Maps of vectors that nothing is learned for: unit length, whitening, the closest of fewer columns."""

from __future__ import annotations

import numpy as np

SMALL = 1e-6
"""Directions with less than this share of the largest variance are noise, and left out of whitening."""


def unit(x: np.ndarray) -> np.ndarray:
    """Rows of length 1; one of zeros stays. float32."""
    length = np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True)
    return (x / np.where(length > 0, length, 1.0)).astype(np.float32)


def whitened(x: np.ndarray, dim: int) -> np.ndarray:
    """`(x - mean) V Λ^-1/2`: `[n, dim]`, columns uncorrelated and of equal variance, those with the most of
    it in `x` first, rows of length 1 in the mean square. Columns that `x` has no variance for are zeros."""
    centred = x.astype(np.float64) - x.mean(0, dtype=np.float64)
    value, vector = _directions(centred, dim)
    keep = value > SMALL * max(float(value.max(initial=0.0)), np.finfo(float).tiny)
    scale = np.zeros_like(value)
    scale[keep] = np.sqrt(len(x) / (value[keep] * max(int(keep.sum()), 1)))
    return _padded(centred @ vector * scale, dim)


def closest(x: np.ndarray, dim: int) -> np.ndarray:
    """`x V` with the first `dim` right singular vectors: `[n, dim]`, inner products as near to those of `x`
    as so many columns can be; exact where `dim` is as large as the width, and zeros beyond it."""
    full = x.astype(np.float64)
    return _padded(full @ _directions(full, dim)[1], dim)


def _directions(x: np.ndarray, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest `dim` eigenvalues of `xᵀx` and their vectors; of each the largest entry is positive."""
    value, vector = np.linalg.eigh(x.T @ x)
    value, vector = value[::-1][:dim], vector[:, ::-1][:, :dim]
    largest = np.take_along_axis(vector, np.abs(vector).argmax(0)[None], 0)
    return np.maximum(value, 0.0), vector * np.where(largest < 0, -1.0, 1.0)


def _padded(x: np.ndarray, dim: int) -> np.ndarray:
    return np.pad(x, ((0, 0), (0, dim - x.shape[1]))).astype(np.float32)
