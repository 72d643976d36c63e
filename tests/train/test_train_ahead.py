"""Batches made in advance are the same, and nothing of their thread is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch

import recbox
from recbox.train.ahead import ahead
from recbox.train.stage import OpenStage


def test_a_run_ends_bit_for_bit_the_same(tmp_path, monkeypatch) -> None:
    recipe = {
        "recbox": 1,
        "name": "small",
        "dim": 8,
        "data": {
            "source": {"use": "synthetic", "users": 60, "items": 50, "interactions": 900},
            "split": {"by": "user-time"},
        },
        "objective": [{"use": "bpr"}],
        "train": {"epochs": 3, "batch": 64},
        "evaluate": {"baseline": []},
    }
    recbox.run(recipe, threads=1, out=tmp_path / "a")
    plain = OpenStage.batches
    monkeypatch.setattr(OpenStage, "batches", lambda *given: ahead(plain(*given)))
    recbox.run(recipe, threads=1, out=tmp_path / "b")
    one, other = (recbox.load(tmp_path / name).scorer.block(np.arange(60)) for name in "ab")
    assert torch.equal(one, other) and not alive()


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
