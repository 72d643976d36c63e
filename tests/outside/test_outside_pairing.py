"""Paired tests of rankings: direction, correction, and the sentence that says them."""

from __future__ import annotations

import numpy as np
import pytest

from recbox.outside import Side, paired, sentence

DRAW = np.random.default_rng(0)
LOW = DRAW.random(200)
HIGH = LOW + 0.1 + DRAW.normal(0, 0.05, 200)


def one(name: str, values: np.ndarray, metric: str = "ndcg@10") -> Side:
    return Side(name, {metric: values})


@pytest.mark.parametrize("lower", [False, True])
def test_who_is_ahead_whichever_stands_first(lower: bool) -> None:
    better = "low" if lower else "high"
    for sides in ((one("high", HIGH), one("low", LOW)), (one("low", LOW), one("high", HIGH))):
        (tested,) = paired(sides[:1], sides[1:], "ndcg@10", lower)
        assert tested.ahead == better and tested.real
        assert tested.interval.low < tested.difference < tested.interval.high
        assert tested.effect.better > 0.9 if sides[0].name == better else tested.effect.worse > 0.9
        said = sentence(tested)
        assert said.startswith(f"Real among users: {better} is better than ")
        assert "95 % interval 0.08" in said and "Holm" not in said


def test_more_tests_are_corrected_together() -> None:
    near = [one(f"near {n}", LOW + DRAW.normal(0.004, 0.05, 200)) for n in range(4)]
    found = paired(near, [one("low", LOW)], "ndcg@10")
    assert [t.together for t in found] == [4] * 4
    assert min(t.holm for t in found) == pytest.approx(min(1, 4 * min(t.p for t in found)))
    assert all("after Holm" in sentence(t) for t in found)
    weak = max(found, key=lambda t: t.p)
    assert sentence(weak).startswith("Not shown: ")


def test_level_and_absent_values() -> None:
    (tested,) = paired([one("a", LOW)], [one("b", LOW)], "ndcg@10")
    assert (tested.p, tested.ahead, sentence(tested)) == (1.0, None, "a and b are level in NDCG@10.")
    assert paired([one("a", LOW)], [one("b", LOW)], "coverage@10") == []
    assert paired([one("a", LOW)], [], "ndcg@10") == []
