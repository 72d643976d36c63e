"""A model over histories that have grown, or fewer users: what it learned of items stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recbox.artifact import scoring
from recbox.artifact.manifest import ScorerHead
from recbox.artifact.parts import fitted_rows
from recbox.data import Dataset
from recbox.errors import UnsupportedError
from recbox.plugin import Model, NewUsers, Scorer

if TYPE_CHECKING:
    from recbox.artifact import Artifact
    from recbox.registry import Registry
    from recbox.updating.leaving import State

SOME = 200
"""Users whose scores are compared."""
NEAR = 1e-4
"""Of the largest score, how far that of an unchanged user may move."""
AGAIN = "fit it again: `recbox run` with the new data"


def refolded(artifact: Artifact, registry: Registry, state: State, kept: np.ndarray) -> Scorer:
    """kept: int64, the artifact's users who are still there, in their order; new ones stand behind them.

    An `UnsupportedError` for a method that has no rule to make a user's scores of a history, or whose rule
    doesn't come to those that it has.
    """
    head, where = artifact.manifest.scorer, str(artifact.path)
    model = scoring.options_of(head, registry, where)
    if not (isinstance(model, Model) and "user-history" in model.accepts and model.exact):
        why = "its numbers of a user were fitted, and no rule makes them of a history alone"
        raise UnsupportedError(f"{head.use} can't be updated", where=where, why=why, instead=AGAIN)
    train = state.data.take(fitted_rows(state.split, refit=artifact.refitted))
    new = artifact.scorer.new_users(histories(train, kept))
    found = _loaded(head, new, registry, where)
    _check(artifact, found, train, kept)
    return found


def histories(train: Dataset, kept: np.ndarray) -> NewUsers:
    """All users with what they have in training. kept: int64, who the first ones were when it was fitted."""
    x, items = train.interaction, max(len(train.item), 1)
    key, place = np.unique(x.user * np.int64(items) + x.item, return_inverse=True)
    place = place.reshape(-1)
    weight = np.bincount(place, x.weight.astype(np.float64), len(key)).astype(np.float32)
    user = key // items
    age = np.arange(len(x)) if x.time is None else x.time
    last = np.full(len(key), np.iinfo(np.int64).min)
    np.maximum.at(last, place, age)
    indptr = np.searchsorted(user, np.arange(len(train.user) + 1)).astype(np.int64)
    features = train.user.table.drop("id") if train.user.columns else None
    newest = np.lexsort((-np.arange(len(key)), -last, user))
    known = np.append(kept, np.full(len(train.user) - len(kept), -1))
    return NewUsers(indptr, key % items, weight, features, newest, known)


def _loaded(head: ScorerHead, new: Scorer, registry: Registry, where: str) -> Scorer:
    """As it will be when the artifact is opened."""
    arrays, data = new.state()
    written = ScorerHead.model_validate({**head.model_dump(by_alias=True), "json": data})
    return scoring.load(written, arrays, new.shape, registry, where)


def _check(artifact: Artifact, found: Scorer, train: Dataset, kept: np.ndarray) -> None:
    """Users whose histories didn't change have the scores that they had."""
    x = artifact.dataset.interaction.take(artifact.fitted)
    before = np.bincount(x.user, minlength=len(artifact.user))[kept]
    after = np.bincount(train.interaction.user, minlength=len(train.user))[: len(kept)]
    same = np.flatnonzero(before == after)[:SOME]
    if not len(same):
        return
    one, other = artifact.scorer.block(kept[same]), found.block(same)
    gap, size = float((one - other).abs().nan_to_num(0).max()), float(one.nan_to_num(0, 0, 0).abs().max())
    if not gap <= NEAR * max(size, 1e-6):
        raise UnsupportedError(
            f"{artifact.manifest.scorer.use} can't be updated",
            where=str(artifact.path),
            why=f"users of whom nothing is new would have other scores, by up to {gap:.2g}",
            instead=AGAIN,
        )
