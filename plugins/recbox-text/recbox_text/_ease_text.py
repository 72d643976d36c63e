"""L3AE's closed form, in which the weights of the texts are never made as a matrix of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recbox.plugin import sparse
from recbox_text._items import Origin, vectors
from recbox_text._linear import LinearScorer, blocks, inverse, ridge

if TYPE_CHECKING:
    from recbox.plugin import Spec
    from recbox_text.ease_text import EASEText


def fit(options: EASEText, spec: Spec) -> LinearScorer:
    known, found = sparse.history(spec.train), vectors(options.encoder, spec)
    hat = ridge(found.astype(np.float64), options.text_l2)
    share = np.einsum("nw,wn->n", found, hat)
    """How much of its own text an item says: the diagonal of `F (FᵀF + text_l2 I)⁻¹ Fᵀ`, below 1."""
    p = inverse(known, options.l2 + options.pull).numpy()
    reach = options.pull * (p @ hat.T)
    weight = _weights(p, reach, found, share, options.pull)
    none = np.zeros(len(found), np.float32)
    return LinearScorer(
        known, weight, reach.astype(np.float32), none, Origin.of(options.encoder, found, spec)
    )


def _weights(
    p: np.ndarray, reach: np.ndarray, found: np.ndarray, share: np.ndarray, pull: float
) -> np.ndarray:
    """B in float32, row by row. S is `F (FᵀF + text_l2 I)⁻¹ Fᵀ` off the diagonal, its column j divided by
    `1 - share_j`: the fit without item j. So `M = (reach Fᵀ - pull P diag share) / (1 - share)`."""
    diagonal = p.diagonal().copy()
    own = (np.einsum("nw,nw->n", reach, found) - pull * diagonal * share) / (1 - share)
    weight = np.empty(p.shape, np.float32)
    for rows in blocks(len(p)):
        drawn = (reach[rows] @ found.T - pull * p[rows] * share) / (1 - share)
        weight[rows] = drawn - p[rows] * ((1 + own) / diagonal)
    np.fill_diagonal(weight, 0)
    return weight
