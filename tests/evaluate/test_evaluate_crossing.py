"""Users crossed with seeds: worked by hand, and true to its level where a test over users alone is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from recbox.evaluate.crossing import crossed, over_seeds
from recbox.evaluate.significance import randomisation

SHAPES = [(3, 3), (5, 5), (10, 10), (5, 3), (5, 1), (10, 1)]
SPREADS = [(0.0, 0.02, 0.1), (0.1, 0.01, 0.1), (0.3, 0.01, 0.1), (0.1, 0.03, 0.3), (0.3, 0.03, 0.05)]
"""Standard deviations of what users, what seeds, and what both together bring to a value."""


def method(
    random: np.random.Generator, seeds: int, spread: tuple[float, float, float], users: int = 100
) -> np.ndarray:
    """Values of a method of mean 0; one of a single seed draws nothing."""
    own = random.normal(0, spread[0], users)
    if seeds == 1:
        return own[None]
    luck = random.normal(0, spread[1], (seeds, 1)) + random.normal(0, spread[2], (seeds, users))
    return own + luck


def test_two_seeds_of_two_users_by_hand() -> None:
    """One: rows (1, 3), (3, 9); the other: (0, 2) with every seed. d = (2, 4).

    Users: var(d) / 2 = 1. Seed means 2 and 6: 8 / 2 = 4. Users' means 2 and 6, mean 4, so the rest of each
    cell is ±1, squares 4 over one degree of freedom and 4 cells: 1. Variance 1 + 4 - 1 = 4, error 2; degrees
    of freedom 16 / (1/1 + 16/1 + 1/1) = 8/9.
    """
    found = crossed(np.array([[1.0, 3.0], [3.0, 9.0]]), np.array([[0.0, 2.0]]))
    assert (found.difference, found.error) == (3.0, 2.0)
    assert found.freedom == pytest.approx(8 / 9)
    assert (found.users, found.seeds) == (0.0, 4.0)
    assert found.p == pytest.approx(2 * stats.t.sf(1.5, 8 / 9))


def test_without_seeds_it_is_the_paired_t_test() -> None:
    random = np.random.default_rng(0)
    one, other = random.random(40), random.random(40)
    found, expected = crossed(one[None], other[None]), stats.ttest_rel(one, other)
    assert found.p == pytest.approx(expected.pvalue, abs=1e-12)
    between = expected.confidence_interval()
    assert (found.interval.low, found.interval.high) == pytest.approx((between.low, between.high))


def test_where_users_do_not_matter_it_is_welchs_test_over_seeds() -> None:
    random = np.random.default_rng(1)
    one, other = random.random((5, 1)), random.random((4, 1))
    found = crossed(np.repeat(one, 30, axis=1), np.repeat(other, 30, axis=1))
    expected = stats.ttest_ind(one[:, 0], other[:, 0], equal_var=False)
    assert (found.p, found.freedom) == pytest.approx((expected.pvalue, expected.df), rel=1e-9)


def test_the_other_way_round_only_the_sign_changes() -> None:
    random = np.random.default_rng(2)
    one, other = random.random((3, 20)), random.random((5, 20))
    found, turned = crossed(one, other), crossed(other, one)
    assert turned.difference == pytest.approx(-found.difference)
    assert (turned.p, turned.error) == pytest.approx((found.p, found.error))


def test_methods_that_are_equal_throughout() -> None:
    same = np.ones((3, 7))
    assert crossed(same, same[:1]).p == 1.0
    assert crossed(same + 1, same).p == 0.0


@pytest.mark.parametrize("seeds", SHAPES, ids=str)
@pytest.mark.parametrize("spread", SPREADS, ids=str)
def test_methods_of_one_mean_are_told_apart_one_time_in_twenty(
    seeds: tuple[int, int], spread: tuple[float, float, float]
) -> None:
    random = np.random.default_rng([3, *seeds])
    tries = 1500
    found = [
        crossed(method(random, seeds[0], spread), method(random, seeds[1], spread)) for _ in range(tries)
    ]
    assert np.mean([x.p < 0.05 for x in found]) < 0.075
    assert np.mean([x.interval.low <= 0 <= x.interval.high for x in found]) > 0.925


def test_two_seeds_against_a_method_that_draws_nothing_are_too_few() -> None:
    """Why a comparison asks for three: the degrees of freedom of two kinds of luck are guessed from one."""
    random, spread = np.random.default_rng(5), (0.1, 0.02, 0.1)
    wrong = {}
    for seeds in (2, 3):
        pairs = ([method(random, n, spread, 200) for n in (seeds, 1)] for _ in range(4000))
        wrong[seeds] = np.mean([crossed(one, other).p < 0.05 for one, other in pairs])
    assert 0.08 < wrong[2] < 0.11 and 0.05 < wrong[3] < 0.075


def test_a_test_over_users_alone_takes_the_luck_of_a_seed_for_a_difference() -> None:
    """Two seeds of one method: what the crossed test is for."""
    random = np.random.default_rng(4)
    wins = crossings = 0
    for _ in range(400):
        users, spread = random.normal(0.2, 0.1, 300), (0.0, 0.02, 0.1)
        one, other = users + method(random, 5, spread, 300), users + method(random, 5, spread, 300)
        wins += randomisation(one[0] - other[0], random, draws=199) <= 0.05
        crossings += crossed(one, other).p < 0.05
    assert wins / 400 > 0.3
    assert crossings / 400 < 0.075


def test_the_interval_over_seeds_by_hand() -> None:
    found = over_seeds(np.array([0.1, 0.2, 0.3]))
    assert found is not None
    assert found.half == pytest.approx(4.302652729911275 * 0.1 / np.sqrt(3))
    assert (found.low + found.high) / 2 == pytest.approx(0.2)
    assert over_seeds(np.array([0.1])) is None
