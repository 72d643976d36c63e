"""A model over data that has grown, or shrunk: fitted again, or with users by their histories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recbox.artifact import scoring
from recbox.artifact.growing import search_places
from recbox.artifact.manifest import ScorerHead
from recbox.artifact.parts import fitted_rows
from recbox.data import Dataset
from recbox.errors import UnsupportedError
from recbox.plugin import Grown, Model, NewUsers, Scorer, Spec
from recbox.updating.way import AGAIN, Way

if TYPE_CHECKING:
    from recbox.artifact import Artifact
    from recbox.context import Context
    from recbox.registry import Registry
    from recbox.updating.leaving import State

SOME = 200
"""Users whose scores are compared."""
NEAR = 1e-4
"""Of the largest score, how far that of an unchanged user may move."""


def refolded(
    artifact: Artifact, registry: Registry, context: Context, state: State, kept: np.ndarray, way: Way
) -> Scorer:
    """kept: int64, the artifact's users who are still there, in their order; new ones stand behind them.

    An `UnsupportedError` where users of whom nothing is new would have other scores, though what was fitted
    of items stays.
    """
    head, where = artifact.manifest.scorer, str(artifact.path)
    train = state.data.take(fitted_rows(state.split, refit=artifact.refitted))
    if way == "fit":
        model = scoring.options_of(head, registry, where)
        return _loaded(head, fitted_again(model, artifact, train, context), registry, where)
    users = histories(train, kept)
    if way == "histories":
        new = artifact.scorer.new_users(users)
    else:
        new = artifact.scorer.updated(Grown(users, len(train.item), _changed(artifact, train, kept)))
    found = _loaded(head, new, registry, where)
    _check(artifact, found, ~_changed(artifact, train, kept), kept)
    return found


def fitted_again(model: Model, artifact: Artifact, train: Dataset, context: Context) -> Scorer:
    """As the run did it, on the data as it is now; files that options name are looked for where growing an
    artifact looks for them."""
    own = context.with_(seed=artifact.manifest.run.seed, data_dir=search_places(artifact), offline=True)
    with own.progress.task("fit again"):
        return model.fit(Spec(node="", count=0, width=0, dim=0, train=train, graph=None, context=own))


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


def _changed(artifact: Artifact, train: Dataset, kept: np.ndarray) -> np.ndarray:
    """bool, of each user now: who has other items, or other weights of them, than when it was fitted."""
    x = artifact.dataset.interaction.take(artifact.fitted)
    place = np.full(len(artifact.user), -1)
    place[kept] = np.arange(len(kept))
    there = place[x.user] >= 0
    before = _sums(place[x.user[there]], x.item[there], x.weight[there], train)
    after = _sums(train.interaction.user, train.interaction.item, train.interaction.weight, train)
    changed = np.ones(len(train.user), bool)
    changed[: len(kept)] = False
    alone = np.setxor1d(before[0], after[0])
    _, one, other = np.intersect1d(before[0], after[0], assume_unique=True, return_indices=True)
    moved = before[0][one[before[1][one] != after[1][other]]]
    changed[np.concatenate([alone, moved]) // max(len(train.item), 1)] = True
    return changed


def _sums(
    user: np.ndarray, item: np.ndarray, weight: np.ndarray, train: Dataset
) -> tuple[np.ndarray, np.ndarray]:
    """A number for each pair, ascending, and the sum of its weights."""
    key, place = np.unique(user * np.int64(max(len(train.item), 1)) + item, return_inverse=True)
    return key, np.bincount(place.reshape(-1), weight.astype(np.float64), len(key))


def _check(artifact: Artifact, found: Scorer, same: np.ndarray, kept: np.ndarray) -> None:
    """Users whose histories didn't change have the scores that they had, of the items that there were."""
    rows = np.flatnonzero(same)[:SOME]
    if not len(rows):
        return
    one = artifact.scorer.block(kept[rows])
    other = found.block(rows)[:, : one.shape[1]]
    gap, size = float((one - other).abs().nan_to_num(0).max()), float(one.nan_to_num(0, 0, 0).abs().max())
    if not gap <= NEAR * max(size, 1e-6):
        raise UnsupportedError(
            f"{artifact.manifest.scorer.use} can't be updated",
            where=str(artifact.path),
            why=f"users of whom nothing is new would have other scores, by up to {gap:.2g}",
            instead=AGAIN,
        )
