"""The laws of metrics: here those of metrics of users, and those of metrics of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recbox.context import Context
from recbox.contract import scored, shown
from recbox.contract.case import Case
from recbox.contract.kind import Kind
from recbox.contract.law import Skip, hold, law
from recbox.contract.lists import MOST, Inputs, K, inputs, locked, patterns, sort
from recbox.contract.worked import worked_cases_are_met
from recbox.plugin import CatalogueMetric, ListMetric, PairMetric, UserMetric

SAME = 1e-9
ORDERS = 8
"""Orders of items that are tried: a count that is wrong can be right in one of them."""


def produce(case: Case, context: Context, given: Inputs) -> Mapping[str, np.ndarray]:
    metric = sort(case)
    if isinstance(metric, CatalogueMetric):
        return {"the value": np.asarray(metric.catalogue(given.exposure, given.popularity))}
    if isinstance(metric, PairMetric):
        pairs = given.scored[metric.meaning]
        score, target, user = pairs.score, pairs.target, pairs.user
        value = np.asarray(metric.over(score, target, user))
        return {"the value": value, "the influences": metric.influence(score, target, user)}
    if isinstance(metric, ListMetric):
        return {"the values": metric.per_list(given.shown, given.users, given.train)}
    return {"the values": metric.per_user(given.hits, given.relevant)}


def _user(case: Case) -> UserMetric:
    assert isinstance(case.options, UserMetric)  # noqa: S101
    return case.options


def _catalogue(case: Case) -> CatalogueMetric:
    assert isinstance(case.options, CatalogueMetric)  # noqa: S101
    return case.options


def _better(metric: UserMetric, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """The values, the other way round where lower is better."""
    values = np.asarray(metric.per_user(hits.copy(), relevant.copy()))
    return -values if metric.lower_is_better else values


def _list(hits: np.ndarray, relevant: int) -> str:
    return f"{''.join('01'[int(hit)] for hit in hits)} with {relevant} relevant"


@law(
    of=UserMetric,
    instead="return float64 with a row a user: `hits.sum(axis=1) / relevant`, never a mean over users",
)
def a_value_for_each_user(case: Case) -> None:
    """The values are float64 `[n]` and finite, for lists of any length and any number of relevant items."""
    metric = _user(case)
    hits, relevant = patterns()
    for k, more in ((1, 0), (2, 0), (K, 0), (K, 1_000_000), (1000, 0)):
        wide = np.zeros((len(hits), k), bool)
        wide[:, : min(k, K)] = hits[:, :k]
        values = metric.per_user(wide, relevant + more)
        hold(isinstance(values, np.ndarray), f"per_user returns a {type(values).__name__}")
        hold(values.dtype == np.float64, f"the values are {values.dtype}")
        hold(values.shape == relevant.shape, f"{len(relevant)} users have values {list(values.shape)}")
        hold(bool(np.isfinite(values).all()), f"lists of {k}: some values aren't finite")


@law(
    of=UserMetric,
    instead="reduce along axis 1 alone; max(), min() and reshape(-1) fail where there is no row",
)
def no_users_no_values(case: Case) -> None:
    """Without users there are no values: an empty array of float64."""
    values = _user(case).per_user(np.zeros((0, K), bool), np.zeros(0, np.int64))
    hold(values.shape == (0,) and values.dtype == np.float64, f"{values.dtype} {list(values.shape)}")


@law(of=UserMetric, instead="let no value depend on another row: no mean, maximum or rank over users")
def users_are_judged_apart(case: Case) -> None:
    """A user's value depends on nobody else: in another order, and alone, it is the same."""
    metric, given = _user(case), inputs(case)
    values = metric.per_user(given.hits, given.relevant)
    order = case.context.random("contract.order").permutation(len(values))
    moved = metric.per_user(given.hits[order], given.relevant[order])
    hold(bool(np.allclose(moved, values[order], SAME, SAME)), "in another order the values differ")
    for row in range(len(values)):
        alone = float(metric.per_user(given.hits[[row]], given.relevant[[row]])[0])
        hold(
            abs(alone - values[row]) <= SAME, f"a user has {values[row]:.6g} among others, {alone:.6g} alone"
        )


@law(
    of=UserMetric,
    instead="look at the sign and at lower_is_better, and divide by what the best possible list would have",
)
def the_perfect_ranking_is_the_best(case: Case) -> None:
    """Of all lists that a user can have, the one with all hits in front is the best and the one without hits
    the worst, in the direction that `lower_is_better` says."""
    metric = _user(case)
    hits, relevant = patterns()
    perfect = np.arange(K) < relevant[:, None]
    values, best, worst = (_better(metric, h, relevant) for h in (hits, perfect, np.zeros_like(hits)))
    hold(bool((best > worst + SAME).all()), "a perfect ranking is no better than one without hits")
    for bound, wrong in (("better than the perfect", values - best), ("worse than no hit", worst - values)):
        at = int(wrong.argmax())
        hold(wrong[at] <= SAME, f"{_list(hits[at], relevant[at])} is {bound}, by {wrong[at]:.3g}")


@law(of=UserMetric, instead="test `hits.any(axis=1)`: argmax gives 0 where there is no hit")
def a_user_without_hits_has_0(case: Case) -> None:
    """A list without hits is worth 0, however many relevant items there are."""
    metric = _user(case)
    if metric.lower_is_better:
        raise Skip("lower is better, so that no hit isn't worth 0")
    values = metric.per_user(np.zeros((MOST, K), bool), np.arange(1, MOST + 1))
    hold(bool((np.abs(values) <= SAME).all()), f"it is worth {values.tolist()}")


@law(of=UserMetric, instead="give earlier ranks at least the weight of later ones")
def a_hit_further_up_is_no_worse(case: Case) -> None:
    """A hit that changes places with the item above it, which is none, makes no list worse."""
    metric = _user(case)
    hits, relevant = patterns()
    before = _better(metric, hits, relevant)
    for rank in range(1, K):
        rows = hits[:, rank] & ~hits[:, rank - 1]
        moved = hits[rows]
        moved[:, [rank - 1, rank]] = moved[:, [rank, rank - 1]]
        _no_worse(before[rows], _better(metric, moved, relevant[rows]), hits[rows], relevant[rows], "up")


@law(
    of=UserMetric,
    instead="divide by what doesn't depend on the hits: the relevant items, k, or the best list's value",
)
def one_more_hit_is_no_worse(case: Case) -> None:
    """A further hit at any rank makes no list worse."""
    metric = _user(case)
    hits, relevant = patterns()
    before = _better(metric, hits, relevant)
    for rank in range(K):
        rows = ~hits[:, rank] & (hits.sum(axis=1) < relevant)
        more = hits[rows]
        more[:, rank] = True
        _no_worse(before[rows], _better(metric, more, relevant[rows]), hits[rows], relevant[rows], "more")


def _no_worse(
    before: np.ndarray, after: np.ndarray, hits: np.ndarray, relevant: np.ndarray, what: str
) -> None:
    loss = before - after
    at = int(loss.argmax())
    hold(loss[at] <= SAME, f"{_list(hits[at], relevant[at])} loses {loss[at]:.3g} by a hit {what}")


@law(
    of=UserMetric,
    instead="use `hits` as numbers (sum, cumsum, products) or hits.astype(bool), and write to neither array",
)
def arrays_of_every_make_are_read(case: Case) -> None:
    """Arrays of whole numbers, in another order of memory, and read-only ones give the same values."""
    metric, given = _user(case), inputs(case)
    expected = metric.per_user(given.hits, given.relevant)
    ways = {
        "hits of int64": (given.hits.astype(np.int64), given.relevant),
        "hits in the order of Fortran": (np.asfortranarray(given.hits), given.relevant),
        "relevant of int32": (given.hits, given.relevant.astype(np.int32)),
        "read-only arrays": (locked(given.hits), locked(given.relevant)),
    }
    for way, (hits, relevant) in ways.items():
        values = metric.per_user(hits, relevant)
        hold(bool(np.allclose(values, expected, SAME, SAME)), f"{way}: the values differ")


@law(of=CatalogueMetric, instead="return float(...) of one number, and guard divisions and logarithms")
def one_finite_number(case: Case) -> None:
    """The value is a finite float, also where nothing is shown, nothing was in training, or there is a single
    item."""
    metric, given = _catalogue(case), inputs(case)
    none, one = np.zeros(50, np.int64), np.ones(1, np.int64)
    for what, exposure, popularity in (
        ("a random catalogue", given.exposure, given.popularity),
        ("nothing shown", none, given.popularity),
        ("nothing in training", given.exposure, none),
        ("neither", none, none),
        ("a single item", one, one),
        ("a single item that nobody is shown", 0 * one, one),
        ("read-only arrays", locked(given.exposure), locked(given.popularity)),
    ):
        value = metric.catalogue(exposure, popularity)
        hold(isinstance(value, float), f"{what}: it is a {type(value).__name__}")
        hold(bool(np.isfinite(value)), f"{what}: it is {value}")


@law(
    of=CatalogueMetric,
    instead="sort before you weigh by rank, and keep each item's exposure beside its popularity",
)
def the_order_of_items_is_free(case: Case) -> None:
    """Items in another order give the same value."""
    metric, given = _catalogue(case), inputs(case)
    value = metric.catalogue(given.exposure, given.popularity)
    for key in range(ORDERS):
        order = case.context.random("contract.order", key).permutation(len(given.exposure))
        moved = metric.catalogue(given.exposure[order], given.popularity[order])
        hold(abs(moved - value) <= SAME * max(1.0, abs(value)), f"{value:.9g} becomes {moved:.9g}")


KIND = Kind(
    (
        a_value_for_each_user,
        no_users_no_values,
        users_are_judged_apart,
        the_perfect_ranking_is_the_best,
        a_user_without_hits_has_0,
        a_hit_further_up_is_no_worse,
        one_more_hit_is_no_worse,
        arrays_of_every_make_are_read,
        *shown.LAWS,
        *scored.LAWS,
        one_finite_number,
        the_order_of_items_is_free,
        worked_cases_are_met,
    ),
    inputs,
    produce,
)
