"""The best unseen items of each user."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from recbox.artifact import Artifact
from recbox.context import Context
from recbox.errors import ArtifactError, OptionError
from recbox.evaluate import Lists
from recbox.kernel import top_k
from recbox.recommend.lookup import find_users

TILE = 64
"""Users in one call of a scorer. It is always filled up: a product may round a row differently in a smaller
block, and a user's list must not depend on who else was asked for."""
BYTES = 64 << 20
"""Scores in memory at once, at most."""


def recommend(
    artifact: Artifact, users: object, k: int, context: Context, part: str | None = None
) -> Iterator[pl.DataFrame]:
    """Frames with the columns user, rank (from 1), item, title (null where there is none) and score.

    users: one external id or many; None is everybody. k: 1 … the number of items. Items that the user
    interacted with in any part of the data (train, valid or test) are left out, so that a user who knows
    nearly everything gets a shorter list. part: the lists that are judged on `test` (items of train and valid
    are left out) or on `valid` (those of train), in which held-out items may stand. Equal scores go by item
    id, ascending. Frames come in the order of `users`, some hundred users each, so that everybody needs no
    more memory than anybody.
    """
    data = artifact.dataset
    _check_k(k, len(data.item), artifact.name)
    inner = np.arange(len(data.user)) if users is None else find_users(data.user.ids, users)
    return _frames(artifact, inner, min(k, len(data.item)), _known(artifact, part), context)


def _frames(
    artifact: Artifact, inner: np.ndarray, k: int, known: Lists, context: Context
) -> Iterator[pl.DataFrame]:
    items = max(len(artifact.dataset.item), 1)
    tile = TILE if 4 * TILE * items <= BYTES else 16
    step = tile * max(1, min(512, BYTES // (4 * items)) // tile)
    if not len(inner):
        yield _frame(artifact, inner, np.zeros((0, k)), np.zeros((0, k), np.int64))
    with context.progress.task("Recommending", len(inner), "user") as task:
        for start in range(0, len(inner), step):
            some = inner[start : start + step]
            yield _frame(artifact, some, *_best(artifact, some, known, k, tile))
            task.advance(len(some))


def _check_k(k: int, items: int, name: str) -> None:
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise OptionError(f"k is {k!r}, which is not a whole number of at least 1")
    if k > items:
        raise OptionError(f"k is {k:,}, and {name} knows {items:,} items", instead=f"a k of at most {items}")


def _known(artifact: Artifact, part: str | None) -> Lists:
    """Every item that each user interacted with, or did before the part."""
    data, split = artifact.dataset, artifact.split
    x, items = data.interaction, len(data.item)
    if part is not None:
        before = {"test": (split.train, split.valid), "valid": (split.train,)}
        if part not in before:
            raise OptionError(f"there are no lists for the part {part!r}", instead=" or ".join(before))
        x = x.take(np.concatenate(before[part]))
    return Lists.of(np.unique(x.user * items + x.item), len(data.user), items)


def _best(
    artifact: Artifact, users: np.ndarray, known: Lists, k: int, tile: int
) -> tuple[np.ndarray, np.ndarray]:
    """Scores and inner item ids `[n, k]`, best first; -inf where nothing is left."""
    import torch

    with torch.no_grad():
        filled = np.resize(users, -(-len(users) // tile) * tile)
        tiles = [artifact.scorer.block(filled[i : i + tile]).float() for i in range(0, len(filled), tile)]
        scores = torch.cat(tiles)[: len(users)]
        if scores.isnan().any():
            raise ArtifactError("the scorer gives scores that are not numbers", where=str(artifact.path))
        row, item = known.pairs(users)
        scores[torch.from_numpy(row), torch.from_numpy(item)] = -torch.inf
        value, index = top_k(scores, k)
    return value.cpu().numpy(), index.cpu().numpy()


def _frame(artifact: Artifact, users: np.ndarray, score: np.ndarray, item: np.ndarray) -> pl.DataFrame:
    data = artifact.dataset
    row, place = np.nonzero(score > -np.inf)
    chosen, title = item[row, place], data.item.column("title")
    titles = pl.Series("title", [None] * len(chosen), pl.String)
    if title is not None:
        titles = data.item.table[title].gather(chosen)
    return pl.DataFrame(
        {
            "user": data.user.ids.gather(users[row]),
            "rank": (place + 1).astype(np.int32),
            "item": data.item.ids.gather(chosen),
            "title": titles,
            "score": score[row, place].astype(np.float32),
        }
    )
