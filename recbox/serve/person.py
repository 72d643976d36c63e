"""Who gets a list: a user with what they have by now, or somebody with a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import torch

from recbox.artifact import longer
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
USER, HISTORY, FEATURES = "body.user", "body.history", "body.features"
RECENT = 10_000
"""Events in which these are looked for: the data may have some already, and not know the items of others."""


@dataclass(frozen=True)
class Since:
    """What the store knows of a user, and counts. items: ids of all that they took, each once. events: the
    last ones, of which `LONGEST` are folded in."""

    items: Sequence[str] = ()
    events: Sequence[Event] = ()


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
        if self.vector is not None and vectors is not None:
            known = torch.mv(vectors[1], self.vector)
            return known if fresh is None else torch.cat([known, torch.mv(fresh, self.vector)])
        assert self.scorer is not None  # noqa: S101
        return self.scorer.block(np.array([self.row]))[0].float().clone()


def known_user(catalogue: Catalogue, inner: int, since: Since) -> Person:
    """A user of the artifact. What came since is folded in where the method can; it is seen in any case."""
    version = catalogue.version
    rows = version.record.of_user(inner)
    user, seen = version.users.ids[inner], rows.item
    if not since.items:
        return _as_trained(catalogue, user, inner, seen)
    had, place, weight = _taken(catalogue, since)
    seen = np.concatenate([seen, had])
    told = (place >= 0) & (place < len(version.items))
    told &= ~rows.have(place, [event.time for event in since.events])
    if version.folds or not told.any():
        return _as_trained(catalogue, user, inner, seen)
    before = rows.item[rows.fitted], rows.weight[rows.fitted]
    after = place[told][-LONGEST:], weight[told][-LONGEST:]
    new = longer(version.artifact.user, np.array([inner]), [before], [after])
    try:
        return _folded(catalogue, user, seen, new, inner)
    except UnsupportedError:
        return _as_trained(catalogue, user, inner, seen)


def told_of(catalogue: Catalogue, items: Sequence[str], features: dict[str, Any] | None) -> Person:
    """Somebody without a name, who has these items, the newest last; as `stranger`."""
    place = catalogue.find_all(items)
    return _new(catalogue, None, place[place >= 0], place, np.ones(len(place), np.float32), features)


def stranger(catalogue: Catalogue, user: int | str, since: Since, features: dict[str, Any] | None) -> Person:
    """Somebody whom training didn't know, by what they did, or by features. A `Refusal` where that says
    nothing, and an `UnsupportedError` where the method can't."""
    return _new(catalogue, user, *_taken(catalogue, since), features)


def _new(
    catalogue: Catalogue,
    user: int | str | None,
    seen: np.ndarray,
    place: np.ndarray,
    weights: np.ndarray,
    features: dict[str, Any] | None,
) -> Person:
    version = catalogue.version
    told = (place >= 0) & (place < len(version.items))
    table = _features(catalogue, features) if features else None
    if not told.any() and table is None:
        raise Refusal(
            422 if user is None else 404,
            "the history says nothing",
            where=HISTORY if user is None else USER,
            why=_why_nothing(user, len(place)),
            instead="a history with at least one item that the method was trained with",
        )
    new = NewUsers.of([place[told][-LONGEST:]], [weights[told][-LONGEST:]], table)
    found = _folded(catalogue, user, seen, new, -1)
    _check_told(catalogue, found, place[told], table is not None)
    return found


def _why_nothing(user: int | str | None, events: int) -> str:
    if events:
        return "the method knows none of its items"
    if user is None:
        return "it is empty"
    return (
        "no event of theirs counts: they are of behaviours, or weigh less, than what the method learns from"
    )


def _taken(catalogue: Catalogue, since: Since) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """int64 inner ids of all items that are there, and of each event its item's, -1 where there is none, and
    its weight."""
    every = catalogue.find_all(since.items)
    at = dict(zip(since.items, every.tolist()))
    place = np.array([at.get(event.item, -1) for event in since.events], np.int64)
    weight = np.array([event.weight for event in since.events], np.float32)
    return every[every >= 0], place, weight


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
    from recbox.serve.columns import row_of

    return row_of(catalogue.version.artifact.user, features, FEATURES)


def _check_told(catalogue: Catalogue, person: Person, items: np.ndarray, features: bool) -> None:
    """A `Refusal` where all scores are the same, and no list is better than another."""
    if catalogue.version.record.taken[items].any():
        return
    scores = person.scores(catalogue)[: len(catalogue.version.items)]
    if not bool((scores == scores[0]).all()):
        return
    if features:
        raise Refusal(
            422,
            "the features say nothing",
            where=FEATURES if person.user is None else USER,
            why="the method scores all items alike with them, as one does that reads no columns of users",
            instead="a history with an item that somebody has",
        )
    raise Refusal(
        422,
        "the history says nothing",
        where=HISTORY if person.user is None else USER,
        why="nobody has any of its items in training, and the method scores all items alike then",
        instead="a history with an item that somebody has",
    )


def tried(catalogue: Catalogue) -> None:
    """What requests need, once: the columns as they are now, a user's scores, an item's name. What that
    raises is what is wrong with the version."""
    _ = catalogue.table
    if len(catalogue):
        catalogue.named(np.zeros(1, np.int64))
    if len(catalogue.version.users):
        known_user(catalogue, 0, Since()).scores(catalogue)
