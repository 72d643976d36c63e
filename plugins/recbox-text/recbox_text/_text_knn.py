"""Nearest neighbours by the cosine of the items' vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np
import torch
from scipy.sparse import csr_matrix, vstack

from recbox.plugin import NewItems, NewUsers, Scorer, sparse
from recbox_text import _fixed
from recbox_text._items import Origin, vectors
from recbox_text._linear import blocks

if TYPE_CHECKING:
    from recbox.plugin import Spec
    from recbox_text.text_knn import TextKNN


def fit(options: TextKNN, spec: Spec) -> TextKNNScorer:
    known, found = sparse.history(spec.train), vectors(options.encoder, spec)
    unit, origin = _fixed.unit(found), Origin.of(options.encoder, found, spec)
    warm = known.getnnz(axis=0) > 0
    near = nearest(unit, unit, warm, options.k, np.arange(len(unit)))
    return TextKNNScorer(known, near, unit, warm, options.k, origin)


def load(options: TextKNN, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> TextKNNScorer:
    unit = arrays["unit"]
    shape, items = (int(json["users"]), len(unit)), (len(unit), len(unit))
    known, near = sparse.unpack("history", arrays, shape), sparse.unpack("near", arrays, items)
    origin = Origin.load(options.encoder, arrays["mean"], str(json["model"]))
    return TextKNNScorer(known, near, unit, known.getnnz(axis=0) > 0, options.k, origin)


def nearest(
    rows: np.ndarray, unit: np.ndarray, warm: np.ndarray, k: int, own: np.ndarray | None = None
) -> csr_matrix:
    """float32 `[n, items]`: cosines of each row with its k nearest of the warm items. own: of a row that is a
    known item its number, for no item is its own neighbour."""
    count = len(unit)
    found = [csr_matrix((0, count), dtype=np.float32)]
    for part in blocks(len(rows)):
        cosine = rows[part] @ unit.T
        cosine[:, ~warm] = 0
        if own is not None:
            cosine[np.arange(len(cosine)), own[part]] = 0
        order = np.argsort(-cosine, axis=1, kind="stable")[:, :k]
        value = np.maximum(np.take_along_axis(cosine, order, 1), 0)
        indptr = np.arange(len(cosine) + 1) * order.shape[1]
        kept = csr_matrix((value.ravel(), order.ravel(), indptr), shape=cosine.shape)
        kept.eliminate_zeros()
        kept.sort_indices()
        found.append(kept)
    return vstack(found, format="csr")


@final
class TextKNNScorer(Scorer):
    """history: `[users, items]` of ones; near: `[items or new, items]`, what each item listens to; unit:
    float32 `[items, w]`, the items' vectors of length 1; warm: bool `[items]`."""

    def __init__(
        self,
        history: csr_matrix,
        near: csr_matrix,
        unit: np.ndarray,
        warm: np.ndarray,
        k: int,
        origin: Origin,
    ) -> None:
        self.history, self.near, self.unit, self.warm = history, near, unit, warm
        self.k, self.origin = k, origin

    @property
    def shape(self) -> tuple[int, int]:
        return self.history.shape[0], self.near.shape[0]

    def block(self, users: np.ndarray) -> torch.Tensor:
        return torch.from_numpy((self.history[users] @ self.near.T).toarray())

    def new_users(self, users: NewUsers) -> Scorer:
        return self._with(users.matrix(len(self.unit)), self.near)

    def new_items(self, items: NewItems) -> Scorer:
        rows = _fixed.unit(self.origin.read(items))
        return self._with(self.history, nearest(rows, self.unit, self.warm, self.k))

    def _with(self, history: csr_matrix, near: csr_matrix) -> TextKNNScorer:
        return TextKNNScorer(history, near, self.unit, self.warm, self.k, self.origin)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays = {"unit": self.unit, "mean": self.origin.mean}
        sparse.pack("history", self.history, arrays)
        sparse.pack("near", self.near, arrays)
        return arrays, {"users": self.history.shape[0], "model": self.origin.model}
