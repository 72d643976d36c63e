"""The best unseen items of each user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from recbox.artifact import Artifact
from recbox.context import Context
from recbox.errors import OptionError
from recbox.recommend import newcomers
from recbox.recommend.filtering import EVERYTHING, Filter
from recbox.recommend.likeness import POOL, needed, spread
from recbox.recommend.lookup import find_users
from recbox.recommend.ranking import best
from recbox.recommend.since import taken_since
from recbox.recommend.subject import Subject, check_told, known, of_new_users, with_items

if TYPE_CHECKING:
    import torch


def recommend(
    artifact: Artifact,
    users: object,
    k: int,
    context: Context,
    part: str | None = None,
    *,
    history: object = None,
    features: object = None,
    items: pl.DataFrame | None = None,
    narrow: Filter = EVERYTHING,
) -> Iterator[pl.DataFrame]:
    """Frames with the columns user, rank (from 1), item, title (null where there is none) and score.

    users: one external id or many; None is everybody. k: 1 … the number of items. Items that the user
    interacted with in any part of the data (train, valid or test) are left out, so that a user who knows
    nearly everything gets a shorter list. part: the lists that are judged on `test` (items of train and valid
    are left out) or on `valid` (those of train), in which held-out items may stand. Equal scores go by item
    id, ascending, new items last. Frames come in the order of `users`, some hundred users each, so that
    everybody needs no more memory than anybody.

    history: what new users have (see `newcomers.histories`); with `users`, what these took since (see
    `since.taken_since`). features: a row for each new user (see `newcomers.features`), who may be known by
    these alone. items: new items that
    stand among the candidates, as `newcomers.items` gives them. narrow: which items may stand in lists.
    """
    subject = known(artifact, part)
    if items is not None:
        subject = with_items(subject, items, artifact.dataset.item.column("title"))
    check_k(k, len(subject.items), artifact.name)
    vectors = needed(subject.scorer) if narrow.diversity else None  # of all users, and not of new ones alone
    if history is None and features is None:
        everybody = users is None
        inner = np.arange(len(subject.users)) if everybody else find_users(subject.users, users)
    else:
        subject = _new(subject, artifact, users, part, history, features)
        inner = np.arange(len(subject.users))
    subject = narrow.narrowed(subject, artifact.dataset.item, items)
    diverse = None if vectors is None else (vectors, narrow.diversity)
    return frames(subject, inner, min(k, len(subject.items)), context, diverse)


def _new(
    subject: Subject, artifact: Artifact, users: object, part: str | None, history: object, features: object
) -> Subject:
    if part is not None:
        raise OptionError("a part judges nobody's longer history", instead="a history without a part")
    if users is not None and features is not None:
        raise OptionError("what is known of a user goes on to count", instead="no features of known users")
    if users is not None:
        return taken_since(subject, artifact, users, history)
    data = artifact.dataset
    if history is None:
        about = newcomers.features(features, data.user, None)
        rows, names = newcomers.without_history(about.height)
    else:
        rows = newcomers.histories(history, data.user.ids)
        names = rows["user"].unique(maintain_order=True)
        about = None if features is None else newcomers.features(features, data.user, len(names))
    fitted_on = np.zeros(len(data.item), bool)
    fitted_on[data.interaction.item[artifact.fitted]] = True
    found = of_new_users(subject, names, rows, about)
    check_told(found, fitted_on)
    return found


def frames(
    subject: Subject,
    inner: np.ndarray,
    k: int,
    context: Context,
    diverse: tuple[torch.Tensor, float] | None = None,
) -> Iterator[pl.DataFrame]:
    """The lists of these users, some hundred in each frame. diverse: vectors of items, and how much those of
    a list are to be unlike each other."""
    pool = k if diverse is None else min(POOL * k, len(subject.items))
    if not len(inner):
        yield _frame(subject, inner, np.zeros((0, k)), np.zeros((0, k), np.int64))
    with context.progress.task("Recommending", len(inner), "user") as task:
        for some, *found in best(subject, inner, pool):
            score, item = found if diverse is None else spread(*found, diverse[0], k, diverse[1])
            yield _frame(subject, some, score, item)
            task.advance(len(some))


def check_k(k: int, items: int, name: str) -> None:
    """An `OptionError` for a length of lists that can't be."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise OptionError(f"k is {k!r}, which is not a whole number of at least 1")
    if k > items:
        raise OptionError(f"k is {k:,}, and {name} knows {items:,} items", instead=f"a k of at most {items}")


def _frame(subject: Subject, users: np.ndarray, score: np.ndarray, item: np.ndarray) -> pl.DataFrame:
    row, place = np.nonzero(score > -np.inf)
    chosen = item[row, place]
    titles = pl.Series("title", [None] * len(chosen), pl.String)
    if subject.titles is not None:
        titles = subject.titles.gather(chosen)
    return pl.DataFrame(
        {
            "user": subject.users.gather(users[row]),
            "rank": (place + 1).astype(np.int32),
            "item": subject.items.gather(chosen),
            "title": titles,
            "score": score[row, place].astype(np.float32),
        }
    )
