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
from recbox.recommend.likeness import likeness
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
    items', without what is the same for all users; else it is the method's own for a new user who has that
    item alone, and then items are left out (of all), or refused, that nobody has in training. An
    `UnsupportedError` where the method has neither.
    """
    subject = known(artifact)
    if new is not None:
        subject = with_items(subject, new, artifact.dataset.item.column("title"))
    check_k(k, len(subject.items), artifact.name)
    inner = np.arange(len(subject.items)) if items is None else find_users(subject.items, items, "item")
    vectors = likeness(subject.scorer)
    scorer: Scorer
    if vectors is not None:
        scorer = _Cosine(vectors, inner)
    else:
        train = artifact.dataset.interaction.item[artifact.split.train]
        taken = np.bincount(train, minlength=len(subject.items)) > 0
        inner = np.flatnonzero(taken) if items is None else inner
        scorer = by_history(subject.scorer, subject.items, inner, taken)
    subject = narrow.narrowed(subject, artifact.dataset.item, new)
    itself = Lists(np.arange(len(inner) + 1), inner)
    subject = replace(subject, users=subject.items.gather(inner), scorer=scorer, seen=itself)
    for frame in frames(subject, np.arange(len(inner)), min(k, len(subject.items)), context):
        yield frame.rename({"user": "item", "item": "similar"})


def by_history(scorer: Scorer, ids: pl.Series, items: np.ndarray, taken: np.ndarray) -> Scorer:
    """In place of each of these items the method's scores for somebody who has it alone. ids: of all items.
    taken: bool `[items]`, those that somebody has in training. An `UnsupportedError` where that tells no
    items apart."""
    two = np.flatnonzero(taken)[[0, -1]]
    try:
        both = scorer.new_users(NewUsers.of([[item] for item in two])).block(np.arange(2))
        apart = both[0] - both[1]
        flat = bool((apart - apart[0]).abs().max() <= 1e-6 * both.abs().max())
        why = "it ranks alike for everybody, whatever they have" if flat else ""
    except UnsupportedError as error:
        why = error.what
    if why:
        raise UnsupportedError(
            "the method doesn't say which items are alike",
            why=f"it has no vectors that tell them apart, and {why}",
            instead="a method with vectors, such as graph parts with the head dot, or item-knn, ease",
        )
    if len(blank := items[~taken[items]]):
        raise UnsupportedError(
            f"the method knows nothing of the item {ids[int(blank[0])]!r}",
            why="nobody has it in training, and it tells items apart by who has them",
            instead="a method with vectors, such as graph parts whose encoder reads features",
        )
    return scorer.new_users(NewUsers.of([[item] for item in items]))


@final
class _Cosine(Scorer):
    """The products of some items' vectors, in place of users, with all items'."""

    def __init__(self, every: torch.Tensor, items: np.ndarray) -> None:
        self.every, self.items = every, items

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.items), len(self.every)

    def block(self, users: np.ndarray) -> torch.Tensor:
        return self.every[self.items[users]] @ self.every.T

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"vectors": self.every.numpy(), "items": self.items}, {}
