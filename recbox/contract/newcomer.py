"""The laws of models and encoders about users and items that weren't there when they were fitted."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from recbox.contract.case import Case
from recbox.contract.fitted import block, fit, model, near
from recbox.contract.law import Skip, broken, hold, law
from recbox.contract.world import world
from recbox.errors import UnsupportedError
from recbox.plugin import NewItems, NewUsers, Scorer

if TYPE_CHECKING:
    import polars as pl

TWINS = (0, 7, 11, 46)
"""Known users, in whose place new ones are put."""
USER, ITEM = "user-history", "item-features"


@lru_cache(maxsize=1)
def fitted(case: Case) -> Scorer:
    """The case on the kit's world, fitted once for all of these laws: of a model that is trained, a fit costs
    more than all else here. A law that finds it changed says so itself."""
    return fit(case, world().train)


def twins() -> NewUsers:
    """New users with the histories, weights and features of known ones."""
    train = world().train
    x = train.interaction
    rows = [np.flatnonzero(x.user == user) for user in TWINS]
    features = train.user.table.drop("id")[list(TWINS)]
    return NewUsers.of([x.item[r] for r in rows], [x.weight[r] for r in rows], features)


def strangers() -> NewUsers:
    """A user of whom nothing at all is known, one with a single item, and the first again."""
    return NewUsers.of([[], [3], []], features=_nothing("user", 3))


def new_items() -> pl.DataFrame:
    """Rows of features: like some known items, and nothing."""
    import polars as pl

    table = world().train.item.table.drop("id")
    return pl.concat([table[[0, 5, 9]], _nothing("item", 1)])


def _nothing(node: str, count: int) -> pl.DataFrame:
    return world().train.nodes(node).table.drop("id").clear(count)


@law(
    instead="name in `accepts` what new_users and new_items can do, and leave the rest to the base class, "
    "which raises UnsupportedError"
)
def it_scores_whom_it_accepts(case: Case) -> None:
    """New users and new items are scored where `accepts` says so, in blocks `[new, items]` and
    `[users, new]`; elsewhere an `UnsupportedError` says why not."""
    found, accepts = fitted(case), model(case).accepts
    users, items = found.shape
    new = twins()
    _as_said(
        bool(accepts & {USER, "user-features"}), lambda: found.new_users(new), (len(new), items), "users"
    )
    rows = new_items()
    _as_said(ITEM in accepts, lambda: found.new_items(NewItems(rows)), (users, rows.height), "items")


def _as_said(accepted: bool, make: Callable[[], Scorer], shape: tuple[int, int], who: str) -> None:
    try:
        scorer = make()
    except UnsupportedError as error:
        hold(not accepted, f"it says that it accepts new {who}, and then: {error.what}")
        hold(bool(error.why), f"nothing says why it scores no new {who}")
        return
    hold(accepted, f"it scores new {who}, and `accepts` doesn't say so")
    hold(isinstance(scorer, Scorer), f"new {who} give a {type(scorer).__name__}, not a Scorer")
    hold(tuple(scorer.shape) == shape, f"for new {who} the shape is {scorer.shape}, not {shape}")
    scores = scorer.block(np.arange(shape[0]))
    hold(tuple(scores.shape) == shape, f"for new {who} a block is {list(scores.shape)}, not {list(shape)}")


@law(instead="fold a history in by the very step that scores a known one, or leave `exact` at False")
def a_twin_has_its_twins_scores(case: Case) -> None:
    """Where a model says that it is `exact`, a new user with the history of a known one has that user's
    scores, to 1e-5."""
    if not model(case).exact:
        raise Skip("it promises no such thing")
    found = fitted(case)
    near(block(found.new_users(twins())), block(found)[list(TWINS)], "scores differ by {}", 1e-5)


@law(instead="put nothing of newcomers into what was fitted: make a new scorer, with arrays of its own")
def known_scores_stay(case: Case) -> None:
    """Once new users and items have come, those that were known have the same scores, bit for bit, in what
    was fitted and beside the new ones; and so have new ones when more come."""
    found = fitted(case)
    before = block(found)
    users, items = before.shape
    for who, join in _joined(case, found):
        beside = block(join())
        hold(np.array_equal(beside[:users, :items], before), f"beside new {who}, known scores differ")
        hold(np.array_equal(block(found), before), f"after new {who} came, known scores differ")
        hold(np.array_equal(block(join()), beside), f"when more {who} came, those of the first differ")


def _joined(case: Case, found: Scorer) -> list[tuple[str, Callable[[], Scorer]]]:
    ways: list[tuple[str, Callable[[], Scorer]]] = []
    if USER in model(case).accepts:
        ways.append(("users", partial(found.with_users, twins())))
    if ITEM in model(case).accepts:
        ways.append(("items", partial(found.with_items, new_items())))
    if not ways:
        raise Skip("it accepts no newcomers")
    return ways


@law(instead="normalise nothing over the users or items that come together")
def each_newcomer_is_scored_alone(case: Case) -> None:
    """What a new user or item is worth depends on none that comes with it, nor on the order in which they
    come, nor on that of a history."""
    found, accepts = fitted(case), model(case).accepts
    if not model(case).learns:
        raise Skip("it says that it learns nothing")
    if not accepts:
        raise Skip("it accepts no newcomers")
    if USER in accepts:
        new = twins()
        together, backwards = block(found.new_users(new)), block(found.new_users(_some(new, [3, 2, 1, 0])))
        alone = np.concatenate([block(found.new_users(_some(new, [i]))) for i in range(len(new))])
        near(alone, together, "alone, a new user's scores differ by {}", 1e-5)
        near(backwards[::-1], together, "in another order, new users' scores differ by {}", 1e-5)
    if ITEM in accepts:
        rows = new_items()
        every = block(found.new_items(NewItems(rows)))
        single = [block(found.new_items(NewItems(rows[i : i + 1]))) for i in range(rows.height)]
        near(np.concatenate(single, axis=1), every, "alone, a new item's scores differ by {}", 1e-5)


def _some(new: NewUsers, which: list[int]) -> NewUsers:
    """Some of the users, each history backwards as it is given."""
    parts = [slice(new.indptr[i], new.indptr[i + 1]) for i in which]
    features = None if new.features is None else new.features[which]
    return NewUsers.of([new.item[p][::-1] for p in parts], [new.weight[p][::-1] for p in parts], features)


@law(instead="guard divisions by the length of a history, and let missing features through")
def newcomers_of_whom_nothing_is_known_are_finite(case: Case) -> None:
    """An empty history, a single item, features that are all missing and a table without columns give finite
    scores; no newcomers give none."""
    import polars as pl

    found, accepts = fitted(case), model(case).accepts
    if not accepts:
        raise Skip("it accepts no newcomers")
    if USER in accepts:
        for new in (strangers(), NewUsers.of([[], []]), NewUsers.of([])):
            scores = block(found.new_users(new))
            hold(bool(np.isfinite(scores).all()), "scores of a user of whom nothing is known aren't finite")
            hold(len(scores) == len(new), f"{len(new)} new users have {len(scores)} rows of scores")
    if ITEM in accepts:
        for rows in (_nothing("item", 2), pl.DataFrame({"other": [1.0]}), _nothing("item", 0)):
            scores = block(found.new_items(NewItems(rows)))
            hold(bool(np.isfinite(scores).all()), "scores of an item of which nothing is known aren't finite")


@law(instead="work on copies of what you are handed")
def newcomers_stay_as_they_are(case: Case) -> None:
    """The arrays and features of newcomers are as they were afterwards, and so is the state of the model."""
    found, accepts = fitted(case), model(case).accepts
    if not accepts:
        raise Skip("it accepts no newcomers")
    state = copy.deepcopy(found.state())
    if USER in accepts:
        new, same = twins(), twins()
        block(found.new_users(new))
        for name in ("indptr", "item", "weight"):
            hold(np.array_equal(getattr(new, name), getattr(same, name)), f"`{name}` has changed")
        _same(new.features, same.features)
    if ITEM in accepts:
        rows = new_items()
        block(found.new_items(NewItems(rows)))
        _same(rows, new_items())
    arrays, plain = found.state()
    for name, array in arrays.items():
        hold(np.array_equal(array, state[0][name]), f"{name} of the state has changed")
    if plain != state[1]:
        broken("the state's plain data has changed")


def _same(table: pl.DataFrame | None, before: pl.DataFrame | None) -> None:
    hold(table is not None and before is not None and table.equals(before), "the features have changed")


LAWS = (
    it_scores_whom_it_accepts,
    a_twin_has_its_twins_scores,
    known_scores_stay,
    each_newcomer_is_scored_alone,
    newcomers_of_whom_nothing_is_known_are_finite,
    newcomers_stay_as_they_are,
)
