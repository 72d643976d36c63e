"""Metrics of pairs that are copies of built-ins with one thing broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mutant_kit import Mutant

from recbox.metric.auc import AUC
from recbox.metric.calibration_error import CalibrationError
from recbox.metric.gauc import GAUC
from recbox.metric.log_loss import LogLoss
from recbox.metric.mae import MAE
from recbox.metric.rmse import RMSE
from recbox.plugin import Meaning, PairMetric, WorkedPairs, WorkedRanking

OfPairs = Callable[[np.ndarray, np.ndarray, np.ndarray], Any]

auc, gauc, rmse, mae = AUC(), GAUC(), RMSE(), MAE()
log_loss, calibration = LogLoss(), CalibrationError()


def scored(
    over: OfPairs, influence: OfPairs, meaning: Meaning = "order", lower: bool = False, worked: Any = ()
) -> type[PairMetric]:
    class Broken(PairMetric):
        def over(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
            with np.errstate(all="ignore"):
                return over(score, target, user)

        def influence(self, score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
            with np.errstate(all="ignore"):
                return influence(score, target, user)

    Broken.meaning, Broken.lower_is_better, Broken.worked = meaning, lower, worked
    return Broken


def value(over: OfPairs, influence: OfPairs = mae.influence, worked: Any = ()) -> type[PairMetric]:
    """Of weights, less is better."""
    return scored(over, influence, "value", lower=True, worked=worked)


def unguarded_auc(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    inside, outside = score[target > 0], score[target == 0]
    wins = (inside[:, None] > outside).sum() + 0.5 * (inside[:, None] == outside).sum()
    return float(wins / np.float64(len(inside) * len(outside)))


def ranked_auc(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    """By places after sorting: ties go as the pairs lie."""
    rank = np.empty(len(score))
    rank[np.argsort(score, kind="stable")] = np.arange(len(score))
    click = target > 0
    n, m = int(click.sum()), int((~click).sum())
    return float((rank[click].sum() - n * (n - 1) / 2) / (n * m)) if n and m else 0.5


def strict_auc(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    """Ties count nothing."""
    inside, outside = score[target > 0], score[target == 0]
    return float((inside[:, None] > outside).sum() / max(len(inside) * len(outside), 1))


def first_user(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    return gauc.over(score, target, user) + 0.01 * float(score[user == 0].mean())


def margin(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    """How far clicks are above the others, and not how often."""
    click = target > 0
    return float(score[click].mean() - score[~click].mean()) if 0 < click.sum() < len(click) else 0.0


def middle(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    """Errors of more than 1 cost nothing."""
    error = abs(score - target)
    return float(np.where(error > 1, 0, error).mean())


def in_place(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    score -= target
    return float(abs(score).mean())


def sorted_in_place(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
    click = target > 0
    score.sort()
    return auc.influence(score, click, user)


def root_of_users(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    """The mean of the users' own roots, whose influences aren't those of the whole root."""
    square = np.bincount(user, (score - target) ** 2) / np.bincount(user)
    return float((square**0.5).mean())


def squares(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
    """Of the mean square, without the slope of the root."""
    square = (score - target) ** 2
    return square - square.mean()


def steep(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
    """The slope of the root, where nothing is wrong too."""
    return squares(score, target, user) / (2 * np.float64(rmse.over(score, target, user)))


def unclipped(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    return float(-np.where(target > 0, np.log(score), np.log1p(-score)).mean())


def by_place(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> np.ndarray:
    """As if pairs were sorted by user."""
    return gauc.influence(score, target, np.sort(user))


def reckoned(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    return gauc.over(score + 0.2 * user, target, user % 3)


def cut_off(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    """Scores below -1 become 0, which is above others."""
    return strict_auc(np.minimum(score, 1.0) * (score > -1), target, user)


def squared(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    return float(((score - target) ** 2).mean())


def bits(score: np.ndarray, target: np.ndarray, user: np.ndarray) -> float:
    """Targets are taken for a mask of floats."""
    return float(abs(score - target.view(np.float64)).mean() + 0.1 * (target.dtype != np.float64))


FINITE, ORDER, NUMBERS = (
    "one-finite-value-of-pairs",
    "the-order-of-pairs-is-free",
    "the-numbers-of-users-are-free",
)
BEST, RISE, NEARER = (
    "the-perfect-scores-are-the-best",
    "scores-that-rise-alike-are-the-same",
    "a-score-nearer-its-target-is-no-worse",
)
SUM, DOES, MAKES = "influences-sum-to-0", "influences-say-what-a-user-does", "pairs-of-every-make-are-read"
UPSIDE = scored(calibration.over, calibration.influence, "probability")
SHORT = WorkedPairs((1.0, 2.0), (1.0,), 0.0)
WORKED = "worked-cases-are-met"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(FINITE, "auc", "divides by 0 where all are clicks", scored(unguarded_auc, auc.influence)),
    Mutant(FINITE, "mae", "the value is an array", value(lambda s, t, u: np.asarray(mae.over(s, t, u)))),
    Mutant(FINITE, "mae", "a value for each pair", value(lambda s, t, u: abs(s - t))),
    Mutant(FINITE, "mae", "one influence for all", value(mae.over, lambda s, t, u: abs(s - t).mean())),
    Mutant(
        FINITE,
        "rmse",
        "the slope of the root where nothing is wrong",
        value(rmse.over, steep),
    ),
    Mutant(
        FINITE,
        "log-loss",
        "the logarithm of 0",
        scored(unclipped, log_loss.influence, "probability", lower=True),
    ),
    Mutant(ORDER, "auc", "ties go as the pairs lie", scored(ranked_auc, auc.influence)),
    Mutant(ORDER, "mae", "the first pairs alone", value(lambda s, t, u: float(abs(s - t)[:20].mean()))),
    Mutant(
        ORDER,
        "gauc",
        "influences as if pairs were sorted by user",
        scored(gauc.over, by_place),
    ),
    Mutant(NUMBERS, "gauc", "user 0 counts more", scored(first_user, gauc.influence)),
    Mutant(
        NUMBERS,
        "gauc",
        "numbers of users are reckoned with",
        scored(reckoned, gauc.influence),
    ),
    Mutant(BEST, "mae", "lower_is_better is forgotten", scored(mae.over, mae.influence, "value")),
    Mutant(BEST, "auc", "scores upside down", scored(lambda s, t, u: auc.over(-s, t, u), auc.influence)),
    Mutant(BEST, "mae", "errors keep their signs", value(lambda s, t, u: float((s - t).mean()))),
    Mutant(
        BEST,
        "calibration-error",
        "lower_is_better is forgotten",
        scored(calibration.over, calibration.influence, "probability"),
    ),
    Mutant(RISE, "auc", "how far, in place of how often", scored(margin, auc.influence)),
    Mutant(RISE, "auc", "rounded scores", scored(lambda s, t, u: auc.over(np.round(s), t, u), auc.influence)),
    Mutant(NEARER, "mae", "large errors cost nothing", value(middle)),
    Mutant(
        NEARER,
        "auc",
        "low scores are cut off at 0, above others",
        scored(cut_off, auc.influence),
    ),
    Mutant(SUM, "rmse", "squares without their mean", value(rmse.over, lambda s, t, u: (s - t) ** 2)),
    Mutant(SUM, "auc", "a constant too much", scored(auc.over, lambda s, t, u: auc.influence(s, t, u) + 0.1)),
    Mutant(DOES, "rmse", "no slope of the root", value(rmse.over, squares)),
    Mutant(DOES, "rmse", "influences of another mean", value(root_of_users, rmse.influence)),
    Mutant(DOES, "gauc", "influences of all pairs together", scored(gauc.over, auc.influence)),
    Mutant(DOES, "auc", "nobody moves anything", scored(auc.over, lambda s, t, u: 0.0 * s)),
    Mutant(MAKES, "mae", "writes to the scores", value(in_place)),
    Mutant(MAKES, "auc", "sorts the scores that it is given", scored(auc.over, sorted_in_place)),
    Mutant(MAKES, "mae", "relies on targets of float64", value(bits)),
    Mutant(WORKED, "mae", "no case was worked out", value(mae.over)),
    Mutant(
        WORKED,
        "rmse",
        "the root is forgotten",
        value(squared, worked=RMSE.worked),
    ),
    Mutant(WORKED, "auc", "ties count nothing", scored(strict_auc, auc.influence, worked=AUC.worked)),
    Mutant(WORKED, "mae", "a case of a ranking", value(mae.over, worked=(WorkedRanking("1", 1, value=0.0),))),
    Mutant(WORKED, "mae", "a target is missing", value(mae.over, worked=(SHORT,))),
)
