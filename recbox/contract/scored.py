"""The laws of metrics that judge the scores of pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from recbox.contract.case import Case
from recbox.contract.law import Skip, hold, law
from recbox.contract.lists import Scored, inputs, locked
from recbox.plugin import PairMetric

SAME = 1e-9
COPIES = 200
"""How many times the pairs are taken, so that one more user is little."""
NEAR = 0.02
"""How far, of the largest influence, one user more may be from what was said of it."""


def _metric(case: Case) -> PairMetric:
    assert isinstance(case.options, PairMetric)  # noqa: S101
    return case.options


def given(case: Case) -> Scored:
    """Random pairs as the metric takes them."""
    return inputs(case).scored[_metric(case).meaning]


def _opposite(some: Scored) -> np.ndarray:
    """Scores that say the opposite of each target."""
    return np.asarray(some.target.max() + some.target.min() - some.target)


def _value(case: Case, some: Scored) -> float:
    return _metric(case).over(some.score.copy(), some.target.copy(), some.user.copy())


def _better(case: Case, some: Scored) -> float:
    """The value, the other way round where lower is better."""
    return -_value(case, some) if _metric(case).lower_is_better else _value(case, some)


def _by_user(case: Case, some: Scored) -> np.ndarray:
    """float64 `[users]`: the influences of each user's pairs together."""
    return np.bincount(some.user, _metric(case).influence(some.score, some.target, some.user))


def _alike(value: float, expected: float, what: str) -> None:
    near = abs(value - expected) <= SAME * max(1.0, abs(expected))
    hold(near, f"{what}: {expected:.9g} becomes {value:.9g}")


@law(of=PairMetric, instead="return float(...) of one number, and say what holds where a side is empty")
def one_finite_value_of_pairs(case: Case) -> None:
    """The value is a finite float and the influences are finite float64 `[n]`, also for a single pair, and
    where all scores or all targets are alike, or every score is wrong."""
    some = given(case)
    one = Scored(some.score[:1], some.target[:1], np.zeros(1, np.int64))
    flat, high, low = (np.full_like(some.target, x) for x in (0.5, some.target.max(), some.target.min()))
    for what, pairs in (
        ("random pairs", some),
        ("a single pair", one),
        ("all scores alike", replace(some, score=flat)),
        ("all targets high", replace(some, target=high)),
        ("all targets low", replace(some, target=low)),
        ("scores that are the targets", replace(some, score=some.target)),
        ("scores that are the opposites", replace(some, score=_opposite(some))),
        ("all scores and targets alike", Scored(high, high, some.user)),
    ):
        with np.errstate(all="ignore"):
            value = _value(case, pairs)
            influence = _metric(case).influence(pairs.score, pairs.target, pairs.user)
        hold(isinstance(value, float), f"{what}: it is a {type(value).__name__}")
        hold(bool(np.isfinite(value)), f"{what}: it is {value}")
        hold(isinstance(influence, np.ndarray), f"{what}: influence returns a {type(influence).__name__}")
        hold(influence.dtype == np.float64, f"{what}: the influences are {influence.dtype}")
        hold(influence.shape == pairs.score.shape, f"{what}: influences of shape {list(influence.shape)}")
        hold(bool(np.isfinite(influence).all()), f"{what}: some influences aren't finite")


@law(of=PairMetric, instead="sort what needs an order yourself, ties too; positions of pairs mean nothing")
def the_order_of_pairs_is_free(case: Case) -> None:
    """Pairs in another order give the same value and the same influences of users."""
    some = given(case)
    value, users = _value(case, some), _by_user(case, some)
    for key in range(4):
        order = case.context.random("contract.order", key).permutation(len(some.score))
        moved = Scored(some.score[order], some.target[order], some.user[order])
        _alike(_value(case, moved), value, "in another order")
        gap = float(np.abs(_by_user(case, moved) - users).max())
        hold(gap <= SAME * len(order), f"in another order influences differ by {gap:.3g}")


@law(of=PairMetric, instead="use the numbers of users to tell them apart, for nothing else")
def the_numbers_of_users_are_free(case: Case) -> None:
    """Users who are numbered otherwise give the same value, and take their influence with them."""
    some = given(case)
    to = case.context.random("contract.numbering").permutation(some.user.max() + 1)
    moved = replace(some, user=to[some.user])
    _alike(_value(case, moved), _value(case, some), "numbered otherwise")
    gap = float(np.abs(_by_user(case, moved)[to] - _by_user(case, some)).max())
    hold(gap <= SAME * len(some.user), f"numbered otherwise, influences differ by {gap:.3g}")


@law(of=PairMetric, instead="look at the sign and at lower_is_better; the best scores are the targets")
def the_perfect_scores_are_the_best(case: Case) -> None:
    """No scores are better than the targets themselves, in the direction of `lower_is_better`; scores that
    say the opposite of each target are worse."""
    some = given(case)
    best = _better(case, replace(some, score=some.target))
    worst = _better(case, replace(some, score=_opposite(some)))
    hold(best > worst + SAME, "the targets are no better than their opposites")
    for key in range(8):
        order = case.context.random("contract.scores", key).permutation(len(some.score))
        value = _better(case, replace(some, score=some.score[order]))
        hold(value <= best + SAME, f"random scores are better than the targets, by {value - best:.3g}")


@law(of=PairMetric, instead="compare scores with each other alone, and let equal ones stay equal")
def scores_that_rise_alike_are_the_same(case: Case) -> None:
    """Where an order is all that counts: scores that are stretched, and stay in order, give the same."""
    some = given(case)
    if _metric(case).meaning != "order":
        raise Skip("its scores are more than an order")
    ways: tuple[tuple[str, Callable[[np.ndarray], np.ndarray]], ...] = (
        ("3 s - 7", lambda s: 3 * s - 7),
        ("exp(s)", np.exp),
        ("s³", lambda s: s**3),
        ("ranks", lambda s: np.unique(s, return_inverse=True)[1].astype(np.float64)),
    )
    for what, way in ways:
        _alike(_value(case, replace(some, score=way(some.score))), _value(case, some), what)


@law(of=PairMetric, instead="let one pair's part grow with its error, or its place, and with nothing else")
def a_score_nearer_its_target_is_no_worse(case: Case) -> None:
    """A score that moves toward its target, or for an order up where the target is higher, makes nothing
    worse. Of probabilities this is not asked: a bin may be better calibrated by two errors."""
    some, metric = given(case), _metric(case)
    if metric.meaning == "probability":
        raise Skip("two errors in a bin may cancel each other")
    before = _better(case, some)
    middle = some.target.mean()
    for at in range(len(some.score)):
        score = some.score.copy()
        step = (some.target[at] - score[at]) / 2
        if metric.meaning == "order":
            step = 0.3 if some.target[at] > middle else -0.3
        score[at] += step
        loss = before - _better(case, replace(some, score=score))
        hold(loss <= SAME, f"a score that moves by {step:.3g}, toward its target, costs {loss:.3g}")


@law(of=PairMetric, instead="take the mean of what the pairs add from each: for a mean, `loss - loss.mean()`")
def influences_sum_to_0(case: Case) -> None:
    """The influences sum to 0, so that the users' values have the metric as their mean."""
    some = given(case)
    total = float(_by_user(case, some).sum()) / len(some.score)
    hold(abs(total) <= SAME, f"their mean is {total:.3g}")


@law(of=PairMetric, instead="derive the value by the share of a user's pairs, as for the root: half over it")
def influences_say_what_a_user_does(case: Case) -> None:
    """One user more, like one that is there, among many times the same pairs changes the value by as much as
    the influences of the user's pairs say."""
    some = given(case)
    users, pairs = int(some.user.max()) + 1, len(some.score)
    said, value = _by_user(case, some), _value(case, some)
    many = np.tile(some.user, COPIES) + np.repeat(np.arange(COPIES), pairs) * users
    scale = max(float(np.abs(said).max()), 1e-6)
    for user in range(users):
        rows = some.user == user
        more = Scored(
            np.concatenate([np.tile(some.score, COPIES), some.score[rows]]),
            np.concatenate([np.tile(some.target, COPIES), some.target[rows]]),
            np.concatenate([many, np.full(rows.sum(), COPIES * users)]),
        )
        does = (_value(case, more) - value) * COPIES * pairs
        hold(
            abs(does - said[user]) <= NEAR * scale,
            f"one more user like one that is there moves the value by {does:.4g} over the number of pairs; "
            f"the influences say {said[user]:.4g}",
        )


@law(of=PairMetric, instead="write to no array that you are handed, and don't rely on its type")
def pairs_of_every_make_are_read(case: Case) -> None:
    """Targets of whole numbers or bool, where they are such, users of int32, read-only arrays and views with
    gaps give the same value and influences."""
    some, metric = given(case), _metric(case)
    value, users = _value(case, some), _by_user(case, some)
    spaced = np.repeat(some.score, 2)[::2], np.repeat(some.target, 2)[::2], np.repeat(some.user, 2)[::2]
    ways = {
        "users of int32": (some.score, some.target, some.user.astype(np.int32)),
        "read-only arrays": (locked(some.score), locked(some.target), locked(some.user)),
        "views with gaps": spaced,
    }
    if (some.target == some.target.astype(np.int64)).all():
        ways["targets of int64"] = (some.score, some.target.astype(np.int64), some.user)
    for way, (score, target, user) in ways.items():
        _alike(metric.over(score, target, user), value, way)
        gap = float(np.abs(np.bincount(user, metric.influence(score, target, user)) - users).max())
        hold(gap <= SAME * len(user), f"{way}: influences differ by {gap:.3g}")


LAWS = (
    one_finite_value_of_pairs,
    the_order_of_pairs_is_free,
    the_numbers_of_users_are_free,
    the_perfect_scores_are_the_best,
    scores_that_rise_alike_are_the_same,
    a_score_nearer_its_target_is_no_worse,
    influences_sum_to_0,
    influences_say_what_a_user_does,
    pairs_of_every_make_are_read,
)
