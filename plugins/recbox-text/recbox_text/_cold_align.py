"""EASE's weights, carried to items without interactions by a regression on the items' vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from recbox.plugin import sparse
from recbox_text._items import Origin, vectors
from recbox_text._linear import LinearScorer, blocks, inverse, ridge

if TYPE_CHECKING:
    from recbox.plugin import Spec
    from recbox_text.cold_align import ColdAlign


def fit(options: ColdAlign, spec: Spec) -> LinearScorer:
    known, found = sparse.history(spec.train), vectors(options.encoder, spec)
    warm = known.getnnz(axis=0) > 0
    weight = None if options.l2 is None else _ease(known, options.l2)
    reach, offset = _aligned(weight, found, warm, options.text_l2)
    if weight is None:
        weight = reach @ found.T + offset[:, None]
    else:
        weight[:, ~warm] = reach @ found[~warm].T + offset[:, None]
    return LinearScorer(known, weight, reach, offset, Origin.of(options.encoder, found, spec))


def _ease(known: csr_matrix, l2: float) -> np.ndarray:
    """B in float32, row by row: `I - P / diag P` with a zero diagonal."""
    p = inverse(known, l2).numpy()
    scale = -1 / p.diagonal()
    weight = np.empty(p.shape, np.float32)
    for rows in blocks(len(p)):
        weight[rows] = p[rows] * scale
    np.fill_diagonal(weight, 0)
    return weight


def _aligned(
    weight: np.ndarray | None, found: np.ndarray, warm: np.ndarray, l2: float
) -> tuple[np.ndarray, np.ndarray]:
    """float32 `[items, w]` and `[items]`: an item with the vector f has the weights `reach f + offset`.
    Learned of the warm items; a weight of None is the identity."""
    mean = found[warm].mean(0, dtype=np.float64)
    hat = np.zeros(found.shape)
    hat[warm] = ridge(found[warm] - mean, l2).T
    level = warm / warm.sum()
    if weight is not None:
        hat, level = _through(weight, hat), _through(weight, level[:, None])[:, 0]
    return hat.astype(np.float32), (level - hat @ mean).astype(np.float32)


def _through(weight: np.ndarray, values: np.ndarray) -> np.ndarray:
    """float64 `weight @ values`, without a float64 copy of the weights."""
    return np.concatenate([weight[rows] @ values for rows in blocks(len(weight))])
