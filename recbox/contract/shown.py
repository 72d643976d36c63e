"""The laws of metrics that judge what users are shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recbox.contract.case import Case
from recbox.contract.law import hold, law
from recbox.contract.lists import Inputs, inputs, locked
from recbox.data import Dataset, Nodes
from recbox.plugin import ListMetric

SAME = 1e-9


def _metric(case: Case) -> ListMetric:
    assert isinstance(case.options, ListMetric)  # noqa: S101
    return case.options


def _values(case: Case, given: Inputs) -> np.ndarray:
    return _metric(case).per_list(given.shown, given.users, given.train)


def _alike(values: np.ndarray, expected: np.ndarray, what: str) -> None:
    hold(np.shape(values) == expected.shape, f"{what}: the values have shape {list(np.shape(values))}")
    apart = np.abs(values - expected) / np.maximum(1.0, np.abs(expected))
    at = int(apart.argmax())
    hold(not (apart > SAME).any(), f"{what}: {expected[at]:.9g} becomes {values[at]:.9g}")


@law(
    of=ListMetric,
    instead="return float64 with a row a list; guard divisions where a list is empty, or a history is",
)
def a_value_for_each_list(case: Case) -> None:
    """The values are float64 `[n]` and finite, also for empty lists, and for users and items without training
    interactions."""
    metric, given = _metric(case), inputs(case)
    nobody = given.train.take(np.zeros(0, np.int64))
    for what, shown, train in (
        ("random lists", given.shown, given.train),
        ("lists of one", given.shown[:, :1], given.train),
        ("empty lists", np.full_like(given.shown, -1), given.train),
        ("nothing in training", given.shown, nobody),
    ):
        values = metric.per_list(shown, given.users, train)
        hold(isinstance(values, np.ndarray), f"{what}: per_list returns a {type(values).__name__}")
        hold(values.dtype == np.float64, f"{what}: the values are {values.dtype}")
        hold(values.shape == given.users.shape, f"{what}: {len(shown)} lists have {list(values.shape)}")
        hold(bool(np.isfinite(values).all()), f"{what}: some values aren't finite")


@law(of=ListMetric, instead="reduce along axis 1 alone; max(), min() and reshape(-1) fail where no row is")
def no_lists_no_values(case: Case) -> None:
    """Without lists there are no values: an empty array of float64."""
    given = inputs(case)
    values = _metric(case).per_list(given.shown[:0], given.users[:0], given.train)
    hold(values.shape == (0,) and values.dtype == np.float64, f"{values.dtype} {list(values.shape)}")


@law(of=ListMetric, instead="let no value depend on another row; what all share is the training data")
def lists_are_judged_apart(case: Case) -> None:
    """A list's value depends on no other list: in another order, and alone, it is the same."""
    given = inputs(case)
    values = _values(case, given)
    order = case.context.random("contract.order").permutation(len(values))
    moved = replace(given, shown=given.shown[order], users=given.users[order])
    _alike(_values(case, moved), values[order], "in another order")
    for row in range(len(values)):
        alone = replace(given, shown=given.shown[[row]], users=given.users[[row]])
        _alike(_values(case, alone), values[[row]], "alone")


@law(of=ListMetric, instead="leave out what is -1 before you index, sum or count: `there = items >= 0`")
def past_the_end_is_nothing(case: Case) -> None:
    """A list that ends early is judged by what it shows: further -1 behind it change nothing."""
    given = inputs(case)
    longer = np.pad(given.shown, ((0, 0), (0, 3)), constant_values=-1)
    _alike(_values(case, replace(given, shown=longer)), _values(case, given), "with three more -1")


@law(of=ListMetric, instead="use inner ids to look things up, never as numbers; read interactions as a set")
def numbering_is_free(case: Case) -> None:
    """Users and items that are numbered otherwise, and interactions in another order, give the same
    values."""
    given, draw = inputs(case), case.context.random("contract.numbering")
    train = given.train
    user, item = (draw.permutation(len(nodes)) for nodes in (train.user, train.item))
    moved = replace(
        given,
        shown=np.where(given.shown < 0, -1, item[given.shown]).astype(np.int32),
        users=user[given.users],
        train=_renumbered(train, user, item, draw.permutation(len(train.interaction))),
    )
    _alike(_values(case, moved), _values(case, given), "numbered otherwise")


def _renumbered(train: Dataset, user: np.ndarray, item: np.ndarray, order: np.ndarray) -> Dataset:
    """The data with inner id i of users and items become `user[i]` and `item[i]`, rows in this order."""
    x = train.interaction.take(order)
    nodes = [Nodes(n.table[np.argsort(to)], n.columns) for n, to in ((train.user, user), (train.item, item))]
    moved = replace(x, user=user[x.user], item=item[x.item])
    return replace(train, user=nodes[0], item=nodes[1], interaction=moved, relation={}, knowledge=None)


@law(of=ListMetric, instead="write to no array that you are handed, and don't rely on its type or order")
def lists_of_every_make_are_read(case: Case) -> None:
    """Lists of int64, in another order of memory, and read-only ones give the same values."""
    given = inputs(case)
    expected = _values(case, given)
    for way, shown, users in (
        ("lists of int64", given.shown.astype(np.int64), given.users),
        ("lists in the order of Fortran", np.asfortranarray(given.shown), given.users),
        ("read-only arrays", locked(given.shown), locked(given.users)),
    ):
        _alike(_values(case, replace(given, shown=shown, users=users)), expected, way)


LAWS = (
    a_value_for_each_list,
    no_lists_no_values,
    lists_are_judged_apart,
    past_the_end_is_nothing,
    numbering_is_free,
    lists_of_every_make_are_read,
)
