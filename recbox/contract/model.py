"""The laws of models. Those of the scorers that they become are in a module of their own."""

from __future__ import annotations

import copy
from itertools import product

import numpy as np
from pydantic import ValidationError

from recbox.contract import newcomer, scoring, trained, updating
from recbox.contract.case import Case
from recbox.contract.fitted import (
    SEEDS,
    auc,
    block,
    draws,
    error,
    fit,
    fit_on,
    inputs,
    model,
    near,
    produce,
    renamed,
    shuffled,
    single,
    skewed,
)
from recbox.contract.kind import Kind
from recbox.contract.law import Broken, Skip, broken, hold, law
from recbox.contract.reach import other_pairs, within_reach
from recbox.contract.world import ITEMS, USERS, world
from recbox.data import Dataset
from recbox.plugin import Need

MARGIN = 0.05
SAME = 1e-6


@law(instead="look at the sign of the scores and at what stands for a user's history; give examples that fit")
def it_beats_a_constant_scorer(case: Case) -> None:
    """On planted worlds a held-out item is above one that a user never takes in 55 of 100 pairs at least;
    equal scores for all items would have 50 (items seen in training are left out). Where scores are values,
    the weights held out are nearer to them than to the mean weight, on two worlds of three at least."""
    _learning(case)
    if model(case).meaning == "value":
        worlds = [skewed(seed) for seed in SEEDS]
        flat = [error(np.full((USERS, ITEMS), w.train.interaction.weight.mean()), w) for w in worlds]
        own = [error(block(fit(case, w.train)), w) for w in worlds]
        better = sum(one <= other + SAME for one, other in zip(own, flat))
        hold(better > 1, f"squared errors are {_figures(own)}, those of the mean weight {_figures(flat)}")
        return
    value = float(np.mean([auc(fit(case, skewed(seed).train), skewed(seed)) for seed in SEEDS]))
    hold(value >= 0.5 + MARGIN, f"it is above in {100 * value:.1f} of 100 pairs")


def _learning(case: Case) -> None:
    if not model(case).learns:
        raise Skip("it says that it learns nothing")


def _figures(values: list[float]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


@law(instead="read spec.train.interaction and nothing else: no file, no data.origin, no fact about all rows")
def it_never_scores_from_the_test_part(case: Case) -> None:
    """With the same training part the scores are the same, bit for bit, whatever is held out and wherever
    that can be found: in files of the run's folder, the data folders, `origin` and the working folder, in
    `facts`, and in the memory behind the arrays."""
    one, other = (_with_held(case, seed) for seed in SEEDS[:2])
    rows = int((one != other).any(axis=1).sum())
    hold(one.shape == other.shape, f"{list(one.shape)} and {list(other.shape)}")
    hold(rows == 0, f"with other interactions held out, the scores of {rows} users differ")


@law(instead="keep nothing on the class or in the module between two fits")
def each_fit_is_of_its_own_data(case: Case) -> None:
    """A fit depends on no fit before it: other data gives other scores, and then the first data the same as
    at first."""
    _learning(case)
    first, second, again = (block(fit(case, skewed(seed).train)) for seed in (SEEDS[0], SEEDS[1], SEEDS[0]))
    hold(not np.array_equal(first, second), "another world of the same size has the same scores")
    hold(np.array_equal(first, again), "after a fit on another world the first has other scores")


@law(instead="guard divisions by counts, logarithms and matrices that can't be inverted")
def the_smallest_data_is_no_trouble(case: Case) -> None:
    """It fits a single interaction, of one user with one item and among others, and scores are finite."""
    for users, items in ((1, 1), (3, 4)):
        scores = block(fit(case, single(users, items, model(case).needs)))
        hold(scores.shape == (users, items), f"{users} users, {items} items: {list(scores.shape)}")
        hold(bool(np.isfinite(scores).all()), f"{users} users, {items} items: some scores aren't finite")


@law(instead="let no user id be a number to compute with, and let ties go by a stable sort")
def renamed_users_keep_their_scores(case: Case) -> None:
    """Users in another order keep their rows of scores. Where ties go by id, any two whose ids follow one
    another do, when they change places."""
    _deterministic(case)
    train = world().train
    before = block(fit(case, train))
    order = case.context.random("contract.order").permutation(len(before))
    try:
        near(block(fit(case, renamed(train, order))), before[order], "in another order, scores differ by {}")
    except Broken:
        for user in range(len(before) - 1):
            _change_places(case, train, before, user)


def _change_places(case: Case, train: Dataset, before: np.ndarray, user: int) -> None:
    """The rows of a user and the next one change places with them: to everybody else, and to each other's
    neighbours, both are still in the same order."""
    order = np.arange(len(before))
    order[[user, user + 1]] = user + 1, user
    rows = block(fit(case, renamed(train, order)))[[user, user + 1]]
    near(rows, before[[user + 1, user]], f"users {user} and {user + 1} change places: scores differ by {{}}")


@law(instead="sort the interactions first, or let no result depend on their order")
def the_order_of_rows_is_free(case: Case) -> None:
    """The training interactions in another order give the same scores."""
    _deterministic(case)
    train = world().train
    moved = block(fit(case, shuffled(case, train)))
    near(moved, block(fit(case, train)), "in another order of rows, scores differ by {}")


def _deterministic(case: Case) -> None:
    if draws(case):
        raise Skip("it draws at random, and may draw for each row")


@law(instead="leave `draws` at True, or take nothing from `spec.context.random` and `generator`")
def without_draws_seeds_make_no_difference(case: Case) -> None:
    """A model that says `draws = False` gives the same scores with every seed, bit for bit."""
    if getattr(case.cls, "draws", True) is not False:
        raise Skip("it says that it may draw")
    hold(not draws(case), "another seed gives other scores")


@law(instead="estimate bytes and seconds as sums of products of the three counts")
def need_grows_with_the_data(case: Case) -> None:
    """`need` is a `Need` of finite numbers that aren't negative, and falls neither where all counts grow, nor
    where items or interactions alone do."""
    sizes = [(1, 1, 1), (10, 20, 100), (1000, 500, 20_000), (200_000, 80_000, 32_000_000)]
    for users, items, interactions in sizes:
        small = _need(case, users, items, interactions)
        for what, more in (
            ("all counts", (2 * users, 2 * items, 2 * interactions)),
            ("items", (users, 2 * items, interactions)),
            ("interactions", (users, items, 2 * interactions)),
        ):
            large = _need(case, *more)
            said = f"twice the {what} of {users}, {items}, {interactions}: {small}, then {large}"
            hold(large.memory >= small.memory and large.seconds >= small.seconds, said)


def _need(case: Case, users: int, items: int, interactions: int) -> Need:
    need = model(case).need(users, items, interactions)
    hold(isinstance(need, Need), f"it is a {type(need).__name__}")
    for name, value in (("memory", need.memory), ("seconds", need.seconds)):
        said = f"{name} is {value} for {users} users, {items} items, {interactions} interactions"
        hold(bool(np.isfinite(value)) and value >= 0, said)
    return need


@law(once=True, instead="name options in `grid`, with values that a recipe may give them")
def the_grid_is_made_of_options(case: Case) -> None:
    """Every combination of the values in `grid` can be read."""
    grid = model(case).grid
    if not grid:
        raise Skip("it has no grid")
    empty = [name for name, values in grid.items() if not values]
    hold(not empty, f"there is no value for {', '.join(empty)}, so that there is nothing to try")
    for values in product(*grid.values()):
        chosen = dict(zip(grid, values, strict=True))
        try:
            options = case.cls.parse({**case.options.values(), **chosen})
        except ValidationError as error:
            broken(f"{chosen}: {error.errors()[0]['msg']}")
        hold(all(getattr(options, n) == v for n, v in chosen.items()), f"{chosen} is read as {options}")


def _with_held(case: Case, seed: int) -> np.ndarray:
    """Scores after a fit on the first world's training part, with other interactions held out."""
    train = copy.deepcopy(world().train)
    with within_reach(train, other_pairs(world(), seed)) as (train, folder):
        return block(fit_on(case, train, case.context.with_(folder=folder, data_dir=(folder,))))


KIND = Kind(
    (
        it_beats_a_constant_scorer,
        it_never_scores_from_the_test_part,
        each_fit_is_of_its_own_data,
        the_smallest_data_is_no_trouble,
        renamed_users_keep_their_scores,
        the_order_of_rows_is_free,
        without_draws_seeds_make_no_difference,
        need_grows_with_the_data,
        the_grid_is_made_of_options,
        *scoring.LAWS,
        *newcomer.LAWS,
        *updating.LAWS,
        *trained.LAWS,
    ),
    inputs,
    produce,
)
