"""What answers requests: a version of an artifact, the items as they are now, and the store of events."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from recbox.errors import RecboxError
from recbox.recommend.likeness import told
from recbox.serve.asked import Recommend
from recbox.serve.catalogue import Catalogue
from recbox.serve.columns import fitting
from recbox.serve.fault import Refusal
from recbox.serve.log import log
from recbox.serve.looking import Look, Looking, look
from recbox.serve.person import RECENT, Person, Since, known_user, stranger, told_of, tried
from recbox.serve.ranking import best
from recbox.serve.searching import lister
from recbox.serve.signing import signed
from recbox.serve.version import Version
from recbox.store import Store

FEW = 200
"""Ids in a request that are looked up while others wait."""


class Desk:
    """version: what answers; `swap` puts another in its place, and who is being answered isn't disturbed."""

    def __init__(self, version: Version, store: Path) -> None:
        self.path, self._local = store, threading.local()
        self._making = threading.Lock()
        self.key = self.store.key
        self._looking = Looking()
        self.now: Catalogue
        self.swap(version)

    @property
    def store(self) -> Store:
        """This thread's connection."""
        if not hasattr(self._local, "store"):
            try:
                self._local.store = Store(self.path)
            except RecboxError as error:  # the server's own file is no mistake of a client's
                raise sqlite3.OperationalError(error.what) from error
        found: Store = self._local.store
        return found

    def swap(self, version: Version) -> None:
        """From now on this version answers, which is tried first; what that raises says what is wrong."""
        with self._making:
            revision = self.store.revision
            made = Catalogue(version, self.store.items(), revision)
            tried(made)
            if made.left:
                log("error", "left out", of=made.left, version=version.id)
            self.now = made

    def catalogue(self, revision: int) -> Catalogue:
        """The items as they are: made again when the store says that something was said of them."""
        found = self.now
        if found.revision == revision:
            return found
        with self._making:
            if self.now.revision < revision or self.now.version is not found.version:
                revision = self.store.revision
                self.now = Catalogue(self.now.version, self.store.items(), revision)
            return self.now

    def quick(self, asked: Recommend) -> bool:
        """Whether the answer takes a look or a product and no more, so that nobody waits for it."""
        if asked.user is None or asked.diversity or asked.cap or asked.features or self.now.version.slow:
            return False
        named = [asked.only, asked.exclude, *(boost.items for boost in asked.boost)]
        if sum(len(ids or ()) for ids in named) > FEW:
            return False
        now, user = self.now, str(asked.user)
        revision, people, last = self.store.state(user)
        conditions = [asked.where, *(boost.where for boost in asked.boost)]
        kept = all(now.knows(where) for where in conditions if where)
        as_trained = not last and now.version.users.find(user) >= 0
        return (
            kept
            and revision == now.revision
            and (as_trained or now.people.get((user, people, last)) is not None)
        )

    def recommend(self, asked: Recommend) -> dict[str, Any]:
        person, catalogue = self.person(asked.user, asked.history, asked.features)
        glance = person.glance(catalogue)
        seen = None if glance is None else look(*glance)
        return self._answer(person, asked, catalogue, seen)

    async def quickly(self, asked: Recommend) -> dict[str, Any]:
        """The same where it is `quick`, with one look at the items for all who ask at once."""
        person, catalogue = self.person(asked.user, asked.history, asked.features)
        glance = person.glance(catalogue)
        seen = None if glance is None else await self._looking.look(*glance)
        return self._answer(person, asked, catalogue, seen)

    def _answer(
        self, person: Person, asked: Recommend, catalogue: Catalogue, look: Look | None
    ) -> dict[str, Any]:
        first = lister(person, asked, catalogue, look)
        score, item = best(first, asked, catalogue, lambda: self.alike(catalogue))
        version = catalogue.version.id
        return {
            "recommendation_id": signed(version, self.key),
            "version": version,
            "user": person.user,
            "folded": person.folded,
            "items": listed(score, item, catalogue),
        }

    def person(
        self,
        user: int | str | None,
        history: Sequence[int | str] | None,
        features: dict[str, Any] | None = None,
    ) -> tuple[Person, Catalogue]:
        """Who is meant, as things stand now. A `Refusal` where nothing is known of them."""
        if user is None:
            catalogue = self.catalogue(self.store.revision)
            items = [str(item) for item in history or ()]
            self._check_items(items, catalogue)
            return told_of(catalogue, items, features), catalogue
        revision, people, last = self.store.state(str(user))
        catalogue = self.catalogue(revision)
        inner = catalogue.version.users.find(str(user))
        if inner >= 0 and features:
            raise Refusal(
                422, "features are those of new users", where="body.features", instead="leave them out"
            )
        if inner >= 0 and not last:
            return known_user(catalogue, inner, Since()), catalogue
        if features:
            return self._somebody(catalogue, user, inner, features), catalogue
        key = str(user), people, last
        return catalogue.people.made(key, lambda: self._somebody(catalogue, user, inner, {})), catalogue

    def _somebody(
        self, catalogue: Catalogue, user: int | str, inner: int, features: dict[str, Any]
    ) -> Person:
        """A user with events, or one whom the artifact doesn't know."""
        counted = catalogue.version.counted
        # Events first: what comes between the two stands among the items then.
        events = self.store.recent(str(user), RECENT, counted)
        since = Since(self.store.items_of(str(user), counted), events)
        if inner >= 0:
            return known_user(catalogue, inner, since)
        said = fitting(catalogue.version.artifact.user, self.store.user(str(user))) | features
        acted = self.store.state(str(user))[2]
        if not acted and not said:
            raise Refusal(
                404,
                "nothing is known of this user",
                where="body.user",
                instead="POST /events with what they do, or ask with `history` in place of `user`",
            )
        return stranger(catalogue, user, since, said or None)

    def _check_items(self, items: Sequence[str], catalogue: Catalogue) -> None:
        if unknown := [item for item in items if catalogue.find(item) < 0]:
            raise Refusal(
                422,
                f"there is no item {unknown[0]!r}"[:200]
                + (f" and {len(unknown) - 1} more" * (len(unknown) > 1)),
                where="body.history",
                instead="GET /search?kind=item&q=… finds ids; POST /items makes new items known",
            )

    def alike(self, catalogue: Catalogue) -> torch.Tensor:
        """Vectors of length 1 of all items. An `UnsupportedError` where the method has none."""
        return told(catalogue.alike)


def listed(score: np.ndarray, item: np.ndarray, catalogue: Catalogue) -> list[dict[str, Any]]:
    """The list as it is answered: rank from 1, id, title, score."""
    ids, titles = catalogue.named(item)
    return [
        {"rank": rank, "item": id, "title": title, "score": value}
        for rank, id, title, value in zip(range(1, len(ids) + 1), ids, titles, score.tolist())
    ]
