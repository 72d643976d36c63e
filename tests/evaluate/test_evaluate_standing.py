"""A method beside its baselines, user by user; and the warnings that a result may have."""

from __future__ import annotations

import numpy as np
import pytest

from recbox.evaluate import standings
from recbox.evaluate.significance import holm, randomisation
from recbox.evaluate.warning import of_result


def values(shift: float, seed: int, n: int = 300) -> np.ndarray:
    return np.random.default_rng(seed).random(n) + shift


def test_each_baseline_has_its_difference_and_holms_p_over_all_of_them() -> None:
    own = values(0.0, 0)
    others = {"far": own - 0.3 + values(0, 1) / 50, "near": own + (values(0, 2) - 0.5) / 10, "same": own}
    found = standings(own, others)
    assert [found[n].difference for n in others] == pytest.approx(
        [float((own - o).mean()) for o in others.values()]
    )
    assert [found[n].holm for n in others] == holm([found[n].p for n in others]).tolist()
    assert found["far"].holm < 0.001 and found["near"].p > 0.01 and found["same"].p == 1.0
    assert standings(own, others) == found, "the draws follow no seed"
    assert standings(own, {}) == {}


def test_few_users_are_tested_exactly() -> None:
    own, other = np.array([0.5, 0.6, 0.7]), np.array([0.4, 0.4, 0.4])
    assert standings(own, {"x": other})["x"].p == randomisation(own - other, np.random.default_rng(0)) == 0.25


def codes(test: dict[str, float], valid: dict[str, float], lower: bool = False) -> list[str]:
    rows = ({n: {"ndcg@10": v} for n, v in found.items()} for found in (test, valid))
    return [w["code"] for w in of_result("mine", *rows, "ndcg@10", lower)]


def test_no_better_than_popularity() -> None:
    assert codes({"mine": 0.1, "popularity": 0.1}, {}) == ["not-ahead-of-popularity"]
    assert codes({"mine": 0.11, "popularity": 0.1}, {}) == []
    assert codes({"mine": 0.2, "popularity": 0.1}, {}, lower=True) == ["not-ahead-of-popularity"]


def test_a_test_far_beyond_validation_beside_what_the_baselines_do() -> None:
    valid = {"mine": 0.2, "popularity": 0.1, "ease": 0.15}
    assert codes({"mine": 0.6, "popularity": 0.11, "ease": 0.16}, valid) == ["test-beyond-validation"]
    harder = {"mine": 0.6, "popularity": 0.2, "ease": 0.3}  # the test part is easier for everybody
    assert codes(harder, valid) == []
    assert codes({"mine": 0.6}, {"mine": 0.2}) == []
    assert codes({"mine": 0.85}, {"mine": 0.2}) == ["test-beyond-validation"]
    assert codes({"mine": 0.6, "popularity": 0.1}, {"mine": 0.0, "popularity": 0.1}) == []


def test_too_good_to_be_true() -> None:
    same = {"mine": 0.97, "ease": 0.4}
    assert codes(same, same) == ["too-good"]
    assert codes({"mine": 0.97, "ease": 0.6}, {}) == []


def of(select: str, test: dict[str, float], valid: dict[str, float], lower: bool) -> list[str]:
    rows = ({n: {select: v} for n, v in found.items()} for found in (test, valid))
    return [w["code"] for w in of_result("mine", *rows, select, lower)]


def test_errors_that_are_too_small_to_be_true() -> None:
    near, none = {"mine": 0.1, "bias": 0.94}, {"mine": 0.0, "bias": 0.94}
    assert of("rmse", near, near, True) == of("rmse", none, none, True) == ["too-good"]
    assert of("rmse", {"mine": 0.7, "bias": 0.94}, {}, True) == []
    assert of("calibration-error", {"mine": 0.001, "click-rate": 0.05}, {}, True) == []


def test_an_error_far_below_that_of_validation() -> None:
    valid = {"mine": 0.95, "bias": 0.94}
    assert of("rmse", {"mine": 0.4, "bias": 0.95}, valid, True) == ["test-beyond-validation"]
    assert of("rmse", {"mine": 0.0, "bias": 0.95}, valid, True) == ["test-beyond-validation", "too-good"]
    assert of("rmse", {"mine": 0.9, "bias": 0.95}, valid, True) == []


def test_areas_are_looked_at_from_a_half_on() -> None:
    assert of("auc", {"mine": 0.99, "popularity": 0.7}, {}, False) == ["too-good"]
    assert of("auc", {"mine": 0.93, "popularity": 0.6}, {}, False) == []
    assert of("auc", {"mine": 0.99, "popularity": 0.85}, {}, False) == []


def test_no_better_than_how_often_anything_is_clicked() -> None:
    assert of("log-loss", {"mine": 0.69, "click-rate": 0.66}, {}, True) == ["not-ahead-of-click-rate"]
    rows = {"mine": {"rmse": 0.95}, "bias": {"rmse": 0.94}}
    fitted, trained = (of_result("mine", rows, {}, "rmse", True, t)[0]["message"] for t in (False, True))
    assert "epochs" in trained and "epochs" not in fitted
