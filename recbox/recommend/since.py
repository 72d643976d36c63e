"""Known users who took more since the method was fitted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recbox.artifact import Artifact, Taken, longer
from recbox.errors import OptionError
from recbox.evaluate import Lists
from recbox.recommend import newcomers
from recbox.recommend.lookup import find_each, find_users
from recbox.recommend.subject import Subject, check_sending


def taken_since(subject: Subject, artifact: Artifact, users: object, more: object) -> Subject:
    """These users alone, scored by what they had and by what came after it.

    users: ids of known users. more: what one of them took since, the newest last, or what each took (see
    `newcomers.additions`).
    """
    inner = find_users(subject.users, users)
    rows = newcomers.additions(more, subject.users.gather(inner).to_list())
    asked = rows["item"].unique(maintain_order=True).to_list()
    check_sending(asked, subject.items.slice(subject.sending))
    items = find_each(subject.items.head(subject.sending), rows["item"], "item")
    who, weight = find_each(subject.users, rows["user"], "user"), rows["weight"].to_numpy()
    if other := sorted(set(who) - set(inner.tolist())):
        raise OptionError(
            f"the history names the user {str(subject.users[int(other[0])])!r}, who wasn't asked for",
            instead="name all of its users, or leave it out",
        )
    order = np.argsort(who, kind="stable")
    rows_of = [order[slice(*np.searchsorted(who, (user, user + 1), sorter=order))] for user in inner]
    added = [(items[own], weight[own]) for own in rows_of]
    new = longer(artifact.user, inner, _had(artifact, inner), added)
    had = subject.seen.pairs(inner)
    pairs = np.concatenate([had[0] * len(subject.items) + had[1], new.row * len(subject.items) + new.item])
    seen = Lists.of(np.unique(pairs), len(inner), len(subject.items))
    users_alone = subject.users.gather(inner)
    return replace(subject, users=users_alone, scorer=subject.scorer.new_users(new), seen=seen)


def _had(artifact: Artifact, inner: np.ndarray) -> list[Taken]:
    """What each of these users had when the method was fitted."""
    x = artifact.dataset.interaction.take(artifact.fitted)
    indptr, order = x.by("user", len(artifact.user))
    own = [order[indptr[user] : indptr[user + 1]] for user in inner]
    return [(x.item[rows], x.weight[rows]) for rows in own]
