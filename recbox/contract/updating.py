"""The law of models whose scorer is brought to other data without training."""

from __future__ import annotations

import numpy as np

from recbox.contract.case import Case
from recbox.contract.fitted import block, model, near
from recbox.contract.law import Skip, hold, law
from recbox.contract.newcomer import TWINS, fitted
from recbox.contract.world import world
from recbox.plugin import Grown, NewUsers

GONE = 5
"""A known user who isn't there any more."""


def grown(case: Case, changed: bool) -> Grown:
    """The kit's users without one. changed: with more items for some of them, and with a new user and a new
    item where the model takes these in."""
    train, folds = world().train, model(case).folds or frozenset()
    x, items = train.interaction, len(train.item)
    known = np.delete(np.arange(len(train.user)), GONE)
    lists = [x.item[x.user == user] for user in known]
    acting = np.zeros(len(known), bool)
    if changed:
        acting[list(TWINS[:2])] = True
        lists = [np.union1d(own, [0, 3]) if act else own for own, act in zip(lists, acting, strict=True)]
        if "user" in folds:
            lists, known, acting = [*lists, np.array([0, 1])], np.append(known, -1), np.append(acting, True)
        if "item" in folds:
            lists[TWINS[0]], items = np.append(lists[TWINS[0]], items), items + 1
    return Grown(NewUsers.of(lists, known=known), items, acting)


@law(instead="copy the numbers of users whose histories haven't `changed`, by `grown.users.known`")
def an_update_moves_nobody_else(case: Case) -> None:
    """Where a model says what it `folds`, its scorer's `updated` gives a scorer of the users and items of
    now, with finite scores; users of whom nothing is new have the scores that they had of known items, and
    what was fitted is as it was."""
    if model(case).folds is None:
        raise Skip("it has no `updated`")
    found = fitted(case)
    before = block(found)
    for changed in (False, True):
        given = grown(case, changed)
        after = block(found.updated(given))
        shape = len(given.users), given.items
        hold(after.shape == shape, f"the scorer is of shape {list(after.shape)}, not {list(shape)}")
        hold(bool(np.isfinite(after).all()), "scores after an update aren't finite")
        known = given.users.known
        assert known is not None  # noqa: S101
        same = np.flatnonzero(~given.changed)
        stay = after[same][:, : before.shape[1]]
        near(stay, before[known[same]], "scores of users of whom nothing is new differ by {}", 1e-6)
        hold(np.array_equal(block(found), before), "after an update, what was fitted scores otherwise")


LAWS = (an_update_moves_nobody_else,)
