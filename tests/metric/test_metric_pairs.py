"""Metrics of pairs beside plain definitions, on random scores with ties."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import mannwhitneyu

from recbox.metric.auc import AUC
from recbox.metric.calibration_error import CalibrationError
from recbox.metric.gauc import GAUC
from recbox.metric.log_loss import LogLoss
from recbox.metric.mae import MAE
from recbox.metric.rmse import RMSE

EXACT = 1e-12


@pytest.fixture(params=range(20))
def case(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores of one decimal, clicks, and users: the first has clicks alone, the second none."""
    draw = np.random.default_rng(request.param)
    n = int(draw.integers(30, 400))
    user = draw.permutation(np.r_[np.arange(12), draw.integers(0, 12, n - 12)])
    click = np.where(user < 2, user == 0, draw.random(n) < draw.uniform(0.1, 0.9)).astype(np.float64)
    return np.round(draw.normal(size=n) + click, 1), click, user


def test_auc_is_that_of_mann_and_whitney(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    score, click, user = case
    inside, outside = score[click > 0], score[click == 0]
    statistic = mannwhitneyu(inside, outside).statistic
    assert abs(AUC().over(score, click, user) - statistic / (len(inside) * len(outside))) < EXACT


def test_auc_counts_pairs_of_a_click_and_another(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    score, click, user = case
    wins = [(a > b) + 0.5 * (a == b) for a, b in product(score[click > 0], score[click == 0])]
    assert abs(AUC().over(score, click, user) - np.mean(wins)) < EXACT


def test_gauc_weighs_the_users_own_auc(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    score, click, user = case
    total = weight = 0.0
    for one in range(12):
        s, c = score[user == one], click[user == one]
        if 0 < c.sum() < len(c):
            total += len(c) * AUC().over(s, c, np.zeros(len(c), np.int64))
            weight += len(c)
    assert abs(GAUC().over(score, click, user) - total / weight) < EXACT


def test_gauc_without_anybody_to_judge_is_a_half() -> None:
    score, click = np.array([1.0, 2.0]), np.array([1.0, 0.0])
    assert GAUC().over(score, click, np.array([0, 1])) == 0.5
    assert not GAUC().influence(score, click, np.array([0, 1])).any()


def test_log_loss_is_the_cross_entropy(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    score, click, user = case
    p = expit(3 * score)
    p[:3] = 0.0, 1.0, 1e-300
    eps = np.finfo(np.float64).eps  # where scikit-learn clips
    kept = np.clip(p, eps, 1 - eps)
    expected = -np.mean(click * np.log(kept) + (1 - click) * np.log(1 - kept))
    assert abs(LogLoss().over(p, click, user) - expected) < EXACT


@pytest.mark.parametrize("bins", [1, 7, 15])
def test_calibration_error_goes_bin_by_bin(
    case: tuple[np.ndarray, np.ndarray, np.ndarray], bins: int
) -> None:
    score, click, user = case
    p = expit(score)
    p[:2] = 0.0, 1.0
    expected = 0.0
    for b in range(bins):
        inside = (p >= b / bins) & ((p < (b + 1) / bins) | (b == bins - 1))
        if inside.any():
            expected += inside.mean() * abs(p[inside].mean() - click[inside].mean())
    metric = CalibrationError.parse({"bins": bins})
    assert abs(metric.over(p, click, user) - expected) < EXACT


def test_errors_of_values(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    score, click, user = case
    weight = 1 + 4 * click
    assert abs(RMSE().over(score, weight, user) - np.mean((score - weight) ** 2) ** 0.5) < EXACT
    assert abs(MAE().over(score, weight, user) - np.mean(np.abs(score - weight))) < EXACT


def test_the_influences_of_auc_give_the_variance_of_delong() -> None:
    """Each pair a user of their own: the users' variance is DeLong's, of placements among the other side."""
    draw = np.random.default_rng(1)
    click = (np.arange(400) < 150).astype(np.float64)
    score = np.round(draw.normal(size=400) + click, 1)
    inside, outside = score[click > 0], score[click == 0]
    wins = (inside[:, None] > outside) + 0.5 * (inside[:, None] == outside)
    delong = wins.mean(1).var() / len(inside) + wins.mean(0).var() / len(outside)
    influence = AUC().influence(score, click, np.arange(400))
    assert influence.var() / 400 == pytest.approx(delong, rel=1e-9)
