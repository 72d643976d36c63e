"""Who gets a list: a user with what they have by now, or somebody with a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import torch

from recbox.errors import UnsupportedError
from recbox.plugin import NewUsers
from recbox.serve.catalogue import Catalogue
from recbox.serve.fault import Refusal

if TYPE_CHECKING:
    from recbox.kernel import ByteTable, Glance
    from recbox.plugin import Scorer
    from recbox.store import Event

LONGEST = 1000
"""Items since training that are folded in, the newest."""


@dataclass(frozen=True, eq=False)
class Person:
    """user: the id as the data has it; None: a history without a name. seen: int64 inner ids of items that
    they have. folded: whether the scores know of what came since training. vector: `[d]`; or scorer and row,
    whose scores are theirs. new: what was folded in; inner: of a known user."""

    user: int | str | None
    seen: np.ndarray
    folded: bool
    vector: torch.Tensor | None = None
    scorer: Scorer | None = None
    row: int = 0
    new: NewUsers | None = None
    inner: int = -1

    def glance(self, catalogue: Catalogue) -> tuple[ByteTable, Glance] | None:
        """What a first look at the items takes; None where all scores are to be made."""
        table = catalogue.version.bytes
        found = None if table is None or self.vector is None else table.glance(self.vector)
        return None if table is None or found is None else (table, found)

    @torch.inference_mode()
    def scores(self, catalogue: Catalogue) -> torch.Tensor:
        """float32 `[n]`, of this person alone: who else asks changes nothing. The caller may write to it."""
        vectors, fresh = catalogue.version.vectors, catalogue.fresh.vectors
        if self.vector is not None and catalogue.version.bytes is not None:
            return catalogue.all_scores(self.vector)
        if self.vector is not None and vectors is not None:
            known = torch.mv(vectors[1], self.vector)
            return known if fresh is None else torch.cat([known, torch.mv(fresh, self.vector)])
        assert self.scorer is not None  # noqa: S101
        return self.scorer.block(np.array([self.row]))[0].float().clone()


def known_user(catalogue: Catalogue, inner: int, events: Sequence[Event]) -> Person:
    """A user of the artifact. What came since is folded in where the method can; it is seen in any case."""
    version = catalogue.version
    rows = version.record.of_user(inner)
    user, seen = version.users.ids[inner], rows.item
    if not events:
        return _as_trained(catalogue, user, inner, seen)
    mine = [event for event in events if version.counts(event.behaviour)]
    place = np.array([catalogue.find(event.item) for event in mine], np.int64)
    seen = np.concatenate([seen, place[place >= 0]])
    told = (place >= 0) & (place < len(version.items))
    told &= ~rows.have(place, [event.time for event in mine])
    if version.folds or not told.any():
        return _as_trained(catalogue, user, inner, seen)
    weight = np.array([event.weight for event in mine], np.float32)
    items = np.concatenate([rows.item[rows.fitted], place[told][-LONGEST:]])
    weights = np.concatenate([rows.weight[rows.fitted], weight[told][-LONGEST:]])
    about = version.artifact.user.about(np.array([inner]))
    new = NewUsers.of([items], [weights], about, [inner])
    try:
        return _folded(catalogue, user, seen, new, inner)
    except UnsupportedError:
        return _as_trained(catalogue, user, inner, seen)


def stranger(
    catalogue: Catalogue,
    user: int | str | None,
    items: Sequence[str],
    weight: Sequence[float] | None,
    features: dict[str, Any] | None,
) -> Person:
    """Somebody whom training didn't know, by what they have, the newest last, or by features. A `Refusal`
    where that says nothing, and an `UnsupportedError` where the method can't."""
    version = catalogue.version
    place = catalogue_places(catalogue, items)
    told = (place >= 0) & (place < len(version.items))
    weights = np.ones(len(place), np.float32) if weight is None else np.array(weight, np.float32)
    table = _features(catalogue, features) if features else None
    if not told.any() and table is None:
        raise Refusal(
            422 if user is None else 404,
            "the history says nothing",
            why="the method knows none of its items" if len(place) else "it is empty",
            instead="a history with at least one item that the method was trained with",
        )
    new = NewUsers.of([place[told][-LONGEST:]], [weights[told][-LONGEST:]], table)
    found = _folded(catalogue, user, place[place >= 0], new, -1)
    _check_told(catalogue, found, place[told], table is not None)
    return found


def catalogue_places(catalogue: Catalogue, items: Sequence[str]) -> np.ndarray:
    """int64: inner ids of items, -1 where there is none."""
    return np.fromiter((catalogue.find(item) for item in items), np.int64, len(items))


def _as_trained(catalogue: Catalogue, user: int | str, inner: int, seen: np.ndarray) -> Person:
    vectors = catalogue.version.vectors
    if vectors is not None:
        return Person(user, seen, False, vector=vectors[0][inner], inner=inner)
    return Person(user, seen, False, scorer=catalogue.fresh.scorer, row=inner, inner=inner)


def _folded(
    catalogue: Catalogue, user: int | str | None, seen: np.ndarray, new: NewUsers, inner: int
) -> Person:
    version = catalogue.version
    new.check(*version.scorer.shape)
    if version.vectors is not None:
        vector = version.scorer.new_vectors(new)
        if vector is not None:
            return Person(user, seen, True, vector=vector[0].float().contiguous(), new=new, inner=inner)
    return Person(user, seen, True, scorer=catalogue.fresh.scorer.new_users(new), new=new, inner=inner)


def _features(catalogue: Catalogue, features: dict[str, Any]) -> pl.DataFrame:
    from recbox.serve.columns import check, series

    nodes = catalogue.version.artifact.user
    check(nodes, features, "features")
    known = {column.name: column for column in nodes.columns}
    return pl.DataFrame([series(known[name], [value], "features") for name, value in features.items()])


def _check_told(catalogue: Catalogue, person: Person, items: np.ndarray, features: bool) -> None:
    """An `UnsupportedError` where all scores are the same, and no list is better than another."""
    if features or catalogue.version.record.taken[items].any():
        return
    scores = person.scores(catalogue)[: len(catalogue.version.items)]
    if bool((scores == scores[0]).all()):
        raise UnsupportedError(
            "the history says nothing",
            why="nobody has any of its items in training, and the method scores all items alike then",
            instead="a history with an item that somebody has",
        )
