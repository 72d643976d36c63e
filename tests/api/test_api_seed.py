"""`data.seed`: which draws belong to the data, and which to the training."""

from __future__ import annotations

from typing import Any

import pytest

from recbox.api.reading import read
from recbox.api.setting import settle
from recbox.data import Dataset, Split
from recbox.errors import RecipeError

SPLITS = ("user-random", "cold-item", "cold-user")


def drawn(by: str, seed: int, pinned: int | None = None) -> tuple[Dataset, Split]:
    data: dict[str, Any] = {
        "source": {"use": "synthetic", "users": 40, "items": 30, "interactions": 400},
        "split": {"by": by},
    }
    recipe = {"recbox": 1, "seed": seed, "data": data | {"seed": pinned}, "model": {"use": "popularity"}}
    setting = settle(recipe)
    job = read(setting, setting.context)
    return job.dataset, job.split


@pytest.mark.parametrize("by", SPLITS)
def test_a_seed_for_the_data_holds_data_and_split(by: str) -> None:
    data, split = drawn(by, seed=1, pinned=7)
    again, same = drawn(by, seed=2, pinned=7)
    assert (again.fingerprint, same.fingerprint) == (data.fingerprint, split.fingerprint)


@pytest.mark.parametrize("by", SPLITS)
def test_without_one_the_recipes_seed_draws_them(by: str) -> None:
    data, split = drawn(by, seed=1)
    other, moved = drawn(by, seed=2)
    assert other.fingerprint != data.fingerprint and moved.fingerprint != split.fingerprint
    pinned, held = drawn(by, seed=2, pinned=1)
    assert (pinned.fingerprint, held.fingerprint) == (data.fingerprint, split.fingerprint)


@pytest.mark.parametrize("value", ["soon", -1, 2**32, 1.5])
def test_it_is_a_whole_number(value: object) -> None:
    recipe = {"recbox": 1, "data": {"source": {"use": "synthetic"}, "seed": value}, "model": {"use": "ease"}}
    with pytest.raises(RecipeError, match="seed"):
        settle(recipe)
