"""Tests over users: equal to scipy's and statsmodels' on the same inputs, and true to their level."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from recbox.evaluate.significance import EXACT, LARGE, bootstrap, effect, holm, randomisation


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def by_scipy(one: np.ndarray, other: np.ndarray) -> float:
    def mean(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        return np.mean(x - y, axis=axis)

    found = stats.permutation_test((one, other), mean, permutation_type="samples", n_resamples=np.inf)
    return float(found.pvalue)


@pytest.mark.parametrize("seed", range(30))
def test_few_users_get_the_exact_p_of_scipy(seed: int) -> None:
    random = rng(seed)
    one, other = random.random(2 + seed % 11), random.random(2 + seed % 11) * 0.7
    assert randomisation(one - other, random) == pytest.approx(by_scipy(one, other), abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_it_is_exact_with_ties_and_users_that_do_not_differ(seed: int) -> None:
    difference = rng(seed).integers(-2, 3, 11) / 4
    expected = by_scipy(difference, np.zeros(11))
    assert randomisation(difference, rng()) == pytest.approx(expected, abs=1e-12)


def test_three_users_by_hand() -> None:
    """Of the signs of 1, 2, 3, only +++ and --- give 6: p = 2/8. For 1, 2, -3 the sum is 0, so p = 1."""
    assert randomisation(np.array([1.0, 2.0, 3.0]), rng()) == 0.25
    assert randomisation(np.array([1.0, 2.0, -3.0]), rng()) == 1.0
    assert randomisation(np.zeros(5), rng()) == 1.0


def test_drawn_signs_come_near_the_exact_p(monkeypatch: pytest.MonkeyPatch) -> None:
    difference = rng(1).normal(0.4, 1, EXACT)
    exact = randomisation(difference, rng())
    monkeypatch.setattr("recbox.evaluate.significance.EXACT", 0)
    drawn = randomisation(difference, rng(), draws=200_000)
    assert drawn == pytest.approx(exact, abs=5 * np.sqrt(exact * (1 - exact) / 200_000))


def test_a_drawn_p_is_never_zero_and_the_same_for_a_seed() -> None:
    difference = rng(2).normal(5, 1, 500)
    assert randomisation(difference, rng(), draws=999) == 1 / 1000
    small = rng(3).normal(0.05, 1, 500)
    assert randomisation(small, rng(7)) == randomisation(small, rng(7)) == randomisation(-small, rng(7))


def test_many_users_get_the_limit_of_what_draws_would_give(monkeypatch: pytest.MonkeyPatch) -> None:
    difference = rng(8).choice([0.0, 1.0, -1.0, 0.3], LARGE + 5000) + 1e-9 - 0.07
    drawn_anew = difference[: LARGE - 1]
    p, interval = randomisation(drawn_anew, rng()), bootstrap(drawn_anew, rng())
    monkeypatch.setattr("recbox.evaluate.significance.LARGE", 100)
    limit, normal = randomisation(drawn_anew, rng()), bootstrap(drawn_anew, rng())
    assert 0.01 < p < 0.99 and limit == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 10_000))
    assert (normal.low, normal.high) == pytest.approx((interval.low, interval.high), abs=interval.half / 20)


def test_of_differences_that_are_none_one_in_twenty_is_found() -> None:
    random = rng(4)
    p = [randomisation(random.standard_t(3, 60), random, draws=999) for _ in range(2000)]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.015)


def test_the_bootstrap_interval_holds_the_mean_as_often_as_it_says() -> None:
    random = rng(5)
    intervals = [bootstrap(random.exponential(1.0, 200) - 1.0, random, draws=1000) for _ in range(1000)]
    held = np.mean([i.low <= 0 <= i.high for i in intervals])
    assert 0.92 <= held <= 0.97


def test_the_bootstrap_interval_is_that_of_scipy_but_for_chance() -> None:
    values = rng(6).normal(0.1, 1, 400)
    own = bootstrap(values, rng(), draws=20_000)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=20_000, method="percentile").confidence_interval
    assert (own.low, own.high) == pytest.approx((theirs.low, theirs.high), abs=0.005)
    assert bootstrap(np.full(9, 0.25), rng()).half == 0


@pytest.mark.parametrize("seed", range(30))
def test_holm_is_that_of_statsmodels(seed: int) -> None:
    p = np.round(rng(seed).random(1 + seed % 12) ** 3, 2 if seed % 2 else 12)
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


def test_holm_by_hand() -> None:
    """0.01 · 4, 0.02 · 3, 0.03 · 2 (not below the one before), 0.5 · 1."""
    assert holm([0.5, 0.01, 0.03, 0.02]) == pytest.approx([0.5, 0.04, 0.06, 0.06])
    assert holm([]).shape == (0,)


def test_effect_by_hand() -> None:
    found = effect(np.array([3.0, 0.0, 0.0, -1.0]))
    assert found.standardised == pytest.approx(0.5 / np.sqrt(3))
    assert (found.better, found.worse) == (0.25, 0.25)
    assert effect(np.full(3, 2.0)).standardised == 0.0
