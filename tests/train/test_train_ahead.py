"""Batches made in advance are the same, and nothing of their thread is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from recbox.train import GraphCourse, fit
from recbox.train.ahead import ahead
from recbox.train.stage import OpenStage


def test_a_run_ends_bit_for_bit_the_same(prepare, validate, monkeypatch) -> None:
    ends, plain = [], OpenStage.batches
    for batches in (plain, lambda *given: ahead(plain(*given))):
        monkeypatch.setattr(OpenStage, "batches", batches)
        recipe, recommender, *rest = prepare()
        history = fit(GraphCourse(recipe, recommender, *rest), validate).history
        ends.append((recommender.state_dict(), [row["loss"] for row in history]))
    (one, losses), (other, again) = ends
    assert all(torch.equal(one[name], other[name]) for name in one) and losses == again and not alive()


def alive() -> int:
    return sum(thread.name == "batches" for thread in threading.enumerate())


def failing() -> Iterator[int]:
    yield 1
    yield 2
    raise ValueError("the third")


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
@pytest.mark.parametrize("depth", [1, 2, 100])
def test_all_in_order(count: int, depth: int) -> None:
    assert list(ahead(iter(range(count)), depth)) == list(range(count)) and not alive()


def test_an_error_comes_in_its_turn() -> None:
    batches = ahead(failing())
    assert (next(batches), next(batches)) == (1, 2)
    with pytest.raises(ValueError, match="the third"):
        next(batches)
    assert not alive()


def test_who_stops_asking_leaves_no_thread() -> None:
    batches = ahead(iter(range(10**9)), 3)
    assert next(batches) == 0 and alive()
    batches.close()
    assert not alive()


def test_only_so_many_are_made() -> None:
    made = []
    batches = ahead((made.append(n) or n for n in range(100)), 2)
    next(batches)
    for _ in range(200):
        if len(made) == 4:
            break
        threading.Event().wait(0.01)
    threading.Event().wait(0.05)
    assert len(made) == 4  # one that was taken, two that wait, one that can't be put down
    batches.close()
