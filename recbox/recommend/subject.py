"""Who gets lists of what: known users and items of an artifact, and new ones beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl

from recbox.artifact import Artifact
from recbox.errors import OptionError, UnsupportedError
from recbox.evaluate import Lists
from recbox.plugin import NewUsers, Scorer
from recbox.recommend.lookup import find_users

SHOWN = 5
"""Users that an error names."""
_SEEN: WeakKeyDictionary[Artifact, dict[str | None, Lists]] = WeakKeyDictionary()
"""What users of an artifact aren't shown, by part: sorted once for all that is asked of it."""


@dataclass(frozen=True, eq=False)
class Subject:
    """users, items: ids by inner id; titles: of the items, or None. scorer: of both. seen: the items that
    each user isn't shown. sending: how many items are known; new ones come after them, and stand in no
    history. name, where: what it comes from, for messages. closed: bool `[items]`, those that nobody is
    shown; None: all are open."""

    name: str
    where: str
    users: pl.Series
    items: pl.Series
    titles: pl.Series | None
    scorer: Scorer
    seen: Lists
    sending: int
    closed: np.ndarray | None = None


def known(artifact: Artifact, part: str | None = None) -> Subject:
    """The artifact's users and items. part: `test` or `valid`, to leave out what came before it alone."""
    data = artifact.dataset
    title = data.item.column("title")
    titles = None if title is None else data.item.table[title]
    seen = _seen(artifact, part)
    place = str(artifact.path)
    return Subject(
        artifact.name, place, data.user.ids, data.item.ids, titles, artifact.scorer, seen, len(data.item)
    )


def with_items(subject: Subject, items: pl.DataFrame, title: str | None) -> Subject:
    """New items after the known ones. items: a column `id`, and features as the data has them."""
    titles = subject.titles
    if titles is not None and title is not None:
        titles = pl.concat([titles, items[title]])
    scorer = subject.scorer.with_items(items)
    return replace(subject, items=pl.concat([subject.items, items["id"]]), titles=titles, scorer=scorer)


def of_new_users(
    subject: Subject, names: pl.Series, histories: pl.DataFrame, features: pl.DataFrame | None
) -> Subject:
    """The new users alone. histories: columns user (String, one of names), item (an id) and weight, of each
    user the newest item last. A history may name known items alone, for a new item sends nothing. features: a
    row for each name."""
    count = subject.scorer.shape[1]
    known_ids = subject.items.head(subject.sending)
    asked = histories["item"].unique(maintain_order=True).to_list()
    check_sending(asked, subject.items.slice(subject.sending))
    place = dict(zip(asked, find_users(known_ids, asked, "item").tolist(), strict=True))
    rows = histories.with_columns(pl.Series("inner", [place[i] for i in histories["item"]], pl.Int64))
    groups = [rows.filter(pl.col("user") == name) for name in names]
    new = NewUsers.of(
        [g["inner"].to_numpy() for g in groups], [g["weight"].to_numpy() for g in groups], features
    )
    scorer = subject.scorer.new_users(new)
    seen = Lists(new.indptr, new.item)
    if scorer.shape != (len(names), count):
        raise OptionError(f"the method gives scores of shape {scorer.shape} for {len(names)} new users")
    return replace(subject, users=names, scorer=scorer, seen=seen)


def check_told(new: Subject, taken: np.ndarray) -> None:
    """An `UnsupportedError` for new users of whom what is said tells the method nothing: all their scores are
    equal, and no list is better than another. taken: bool `[items]`, the known items that anybody has in
    training; a history without any of them, or none at all, is suspected."""
    suspects = np.flatnonzero(new.seen.where(taken).counts == 0)
    blank = [u for u in suspects if _flat(new.scorer, u)]
    if not blank:
        return
    names = ", ".join(repr(new.users[int(u)]) for u in blank[:SHOWN])
    more = f" and {len(blank) - SHOWN:,} more" if len(blank) > SHOWN else ""
    raise UnsupportedError(
        f"nothing is known of {names}{more} that tells items apart",
        where=new.where,
        why="nobody has any item of theirs in training, and the method scores all items alike then",
        instead="a history with an item that somebody has, or a method that reads what is known of them",
    )


def _flat(scorer: Scorer, user: int) -> bool:
    """Whether a user's scores are all the same."""
    scores = scorer.block(np.array([user]))
    return bool((scores == scores[:, :1]).all())


def check_sending(asked: list[str], new: pl.Series) -> None:
    """An `OptionError` where one of these ids is that of a new item."""
    if silent := sorted(set(asked) & set(new.cast(pl.String).to_list())):
        raise OptionError(
            f"the history names the new item {silent[0]!r}",
            why="a new item receives and doesn't send: nothing was learned of those who took it",
            instead="leave new items out of histories",
        )


def _seen(artifact: Artifact, part: str | None) -> Lists:
    """Every item that each user interacted with, or did before the part."""
    found = _SEEN.setdefault(artifact, {})
    if part not in found:
        found[part] = Lists.had(artifact.dataset, _before(artifact, part))
    return found[part]


def _before(artifact: Artifact, part: str | None) -> np.ndarray:
    """int64: rows of the interactions."""
    split = artifact.split
    if part is None:
        return np.arange(len(artifact.dataset.interaction))
    before: Mapping[str, tuple[np.ndarray, ...]] = {
        "test": (split.train, split.valid),
        "valid": (split.train,),
    }
    if part not in before:
        raise OptionError(f"there are no lists for the part {part!r}", instead=" or ".join(before))
    return np.concatenate(before[part])
