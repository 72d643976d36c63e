"""Items like an item: by the angle between their vectors, or what somebody gets who has that item alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, final

import numpy as np
import polars as pl

from recbox.artifact import Artifact
from recbox.context import Context
from recbox.errors import UnsupportedError
from recbox.evaluate import Lists
from recbox.plugin import NewUsers, Scorer
from recbox.recommend.filtering import EVERYTHING, Filter
from recbox.recommend.listing import check_k, frames
from recbox.recommend.lookup import find_users
from recbox.recommend.subject import known, with_items

if TYPE_CHECKING:
    import torch


def similar(
    artifact: Artifact,
    items: object,
    k: int,
    context: Context,
    new: pl.DataFrame | None = None,
    narrow: Filter = EVERYTHING,
) -> Iterator[pl.DataFrame]:
    """Frames with the columns item, rank (from 1), similar, title and score; an item isn't like itself.

    items: one external id or many; None: all. Where the method has vectors, the score is the cosine of two
    items'; else it is the method's own for a new user who has that item alone. An `UnsupportedError` where
    there is neither.
    """
    subject = known(artifact)
    if new is not None:
        subject = with_items(subject, new, artifact.dataset.item.column("title"))
    check_k(k, len(subject.items), artifact.name)
    inner = np.arange(len(subject.items)) if items is None else find_users(subject.items, items, "item")
    subject = narrow.narrowed(subject, artifact.dataset.item, new)
    itself = Lists(np.arange(len(inner) + 1), inner)
    subject = replace(
        subject, users=subject.items.gather(inner), scorer=_alike(subject.scorer, inner), seen=itself
    )
    for frame in frames(subject, np.arange(len(inner)), min(k, len(subject.items)), context):
        yield frame.rename({"user": "item", "item": "similar"})


def _alike(scorer: Scorer, items: np.ndarray) -> Scorer:
    """Scores of all items for each of these."""
    vectors = scorer.vectors()
    if vectors is not None and vectors[1].shape[1] > 1:  # of one number there is no angle
        return _Cosine(vectors[1].detach(), items)
    try:
        two = scorer.new_users(NewUsers.of([[0], [scorer.shape[1] - 1]])).block(np.arange(2))
        if not bool((two[0] == two[1]).all()):
            return scorer.new_users(NewUsers.of([[item] for item in items]))
        why = "it gives everybody the same, whatever they have"
    except UnsupportedError as error:
        why = error.what
    raise UnsupportedError(
        "the method doesn't say which items are alike",
        why=f"it has no vectors of items, and {why}",
        instead="a method with vectors, such as graph parts with the head dot, or item-knn, ease",
    )


@final
class _Cosine(Scorer):
    """The cosine of some items' vectors, in place of users, and all items'. Zeros are like none."""

    def __init__(self, vectors: torch.Tensor, items: np.ndarray) -> None:
        from torch.nn.functional import normalize

        self.every, self.items = normalize(vectors.float(), dim=1), items

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.items), len(self.every)

    def block(self, users: np.ndarray) -> torch.Tensor:
        return self.every[self.items[users]] @ self.every.T

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"vectors": self.every.numpy(), "items": self.items}, {}
