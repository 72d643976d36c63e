"""A history as a mean of vectors, and a map that users and items share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import text_made
import torch
from pydantic import ValidationError
from recbox_text import Bert, Vectors
from test_text_history import ITEMS, ROWS, shop

import recbox
from recbox.errors import DataError
from recbox.plugin import History

HISTORIES = [[0, 2, 1], [2, 3], [0], []]
"""Newest first, of the four users of ROWS."""
MEAN = 'history: "{title}", history_by: mean'
NEW = pl.DataFrame({"": [None] * 4})


def spec(node: str = "user", **more: Any) -> Any:
    return text_made.given(ITEMS, users=4, rows=ROWS, node=node, **more)


def history(rows: list[list[int]]) -> History:
    return History(np.cumsum([0, *map(len, rows)]), np.array([i for row in rows for i in row], np.int64))


def file(folder: Path) -> dict[str, str]:
    """Four items' vectors of lengths 1, 2, 3 and 4."""
    np.save(folder / "x.npy", np.diag([1.0, 2.0, 3.0, 4.0]).astype(np.float32))
    (folder / "ids.txt").write_text("0\n10\n20\n30\n")
    return {"file": str(folder / "x.npy"), "ids": str(folder / "ids.txt"), "history_by": "mean"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"normalise": False}, [[1 / 3, 2 / 3, 1, 0], [0, 0, 3 / 2, 2], [1, 0, 0, 0], [0, 0, 0, 0]]),
        ({}, [[1 / 3, 1 / 3, 1 / 3, 0], [0, 0, 1 / 2, 1 / 2], [1, 0, 0, 0], [0, 0, 0, 0]]),
        ({"last": 2}, [[1 / 2, 0, 1 / 2, 0], [0, 0, 1 / 2, 1 / 2], [1, 0, 0, 0], [0, 0, 0, 0]]),
    ],
)
def test_the_mean_of_a_files_vectors_by_hand(options: Any, expected: Any, tmp_path: Path) -> None:
    asked = Vectors.parse({**file(tmp_path), **options})
    assert (asked.inductive, asked.by_id, asked.by_history) == (False, False, True)
    module = asked.build(spec(dim=4))
    torch.testing.assert_close(module.vector, torch.tensor(expected, dtype=torch.float32))
    assert module.missing(torch.arange(4)).tolist() == [False, False, False, True]


@pytest.mark.parametrize("options", [{}, {"last": 1}, {"train": "frozen"}, {"projection": "mlp"}])
def test_a_new_user_with_a_known_ones_items_has_its_row(options: Any, tmp_path: Path) -> None:
    module = Vectors.parse({**file(tmp_path), **options}).build(spec(dim=4))
    order = [2, 0, 3, 1]
    found = module.fresh(NEW, history([HISTORIES[i] for i in order]))
    assert torch.equal(found, module(torch.tensor(order)).detach())
    assert module.fresh_missing(NEW, history(HISTORIES)).tolist() == [False, False, False, True]


def test_the_mean_is_that_of_the_items_own_texts_without_encoding_them_again(
    models: dict[str, Path], encoded: list[str]
) -> None:
    same = {"model": str(models["bert"]), "train": "frozen"}
    item = Bert.parse({**same, "text": "{title}. {genre}"}).build(spec("item", dim=16))
    seen = len(encoded)
    asked = Bert.parse({**same, "history": "{title}. {genre}", "history_by": "mean"})
    assert (asked.inductive, asked.by_history, asked.needs) == (False, True, frozenset())
    user = asked.build(spec(dim=16))
    assert len(encoded) == seen, "the cache has them"
    # Frozen maps keep inner products, and each encoder's is of its own vectors.
    own = item(torch.arange(4))
    means = torch.stack([own[row].mean(0) if row else own[0] * 0 for row in HISTORIES])
    rows = user(torch.arange(4))
    torch.testing.assert_close(rows @ rows.T, means @ means.T, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"text": "{id}. {history}", "history": "{title}"}, "nothing else is read"),
        ({"text": "{title}"}, "no history"),
        ({"history": "{title}", "train": "full"}, "don't learn"),
    ],
)
def test_what_a_mean_has_no_use_for_is_refused(options: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Bert.parse({"model": "package:recbox_text/tiny/bert", "history_by": "mean", **options})
    with pytest.raises(ValidationError, match="no history"):
        Vectors.parse({"file": "x.parquet", "last": 3})


@pytest.mark.parametrize("layer", ["[]", "[{use: lightgcn, repeat: 2}]"])
def test_recommend_gives_a_new_user_the_scores_of_a_known_one(
    layer: str, models: dict[str, Path], tmp_path: Path
) -> None:
    """In any order, for a mean has none; and with a shared map the artifact holds it once."""
    user = f"{{use: bert, model: {models['bert']}, {MEAN}, projection: mlp}}"
    fitted = shop(tmp_path, user, models["bert"], layer, ", share: user")
    weights = fitted.artifact.tensors("weights")
    assert not [name for name in weights if name.startswith("encoder.item") and "projection" in name]
    assert [name for name in weights if name.startswith("encoder.user") and "projection" in name]
    data = fitted.artifact.dataset.take(fitted.artifact.split.train)
    known, goods = fitted.artifact.scorer.block(np.arange(5)).numpy(), data.item.ids.to_list()
    for i, row in enumerate(History.of(data, "user").lists()):
        lists = fitted.recommend(history=[goods[item] for item in sorted(row)], k=6)
        expected = [known[i, goods.index(item)] for item in lists["item"]]
        assert lists["score"].to_list() == pytest.approx(expected, abs=1e-5)


def test_a_shared_map_is_one_module_with_the_gradients_of_both(tmp_path: Path) -> None:
    user = Vectors.parse({**file(tmp_path), "projection": "mlp"}).build(spec(dim=3))
    own = {name: value for name, value in file(tmp_path).items() if name != "history_by"}
    item = Vectors.parse({**own, "share": "user"}).build(spec("item", dim=3, encoder={"user": (user,)}))
    assert not list(item.parameters()) and not item.state_dict()
    torch.testing.assert_close(item(torch.tensor([0])), user(torch.tensor([2])), msg="one item is its mean")
    item(torch.arange(4)).sum().backward()
    assert all(p.grad is not None for p in user.parameters())


def test_a_map_that_isnt_there_cant_be_shared(tmp_path: Path) -> None:
    own = {name: value for name, value in file(tmp_path).items() if name != "history_by"}
    asked = Vectors.parse({**own, "share": "user"})
    with pytest.raises(DataError, match="there are 0"):
        asked.build(spec("item"))
    narrow = text_made.given({"title": ["a"]}, rows=[(0, 0, 1)], node="user")
    other = Bert.parse({"model": "package:recbox_text/tiny/bert", "history": "{title}"}).build(narrow)
    with pytest.raises(DataError, match="4 columns, and those of users 16"):
        asked.build(spec("item", encoder={"user": (other,)}))
    for wrong in (
        {"share": "item"},
        {"share": "user", "projection": "mlp"},
        {"share": "user", "train": "frozen"},
    ):
        with pytest.raises(ValidationError, match=r"shared|of the users' encoder"):
            Vectors.parse({**own, **wrong})


def test_a_run_that_shares_ends_alike_twice(models: dict[str, Path], tmp_path: Path) -> None:
    user = f"{{use: bert, model: {models['bert']}, {MEAN}}}"
    once = shop(tmp_path, user, models["bert"], "[]", ", share: user")
    again = recbox.run(tmp_path / "shop.yaml", out=tmp_path / "again", threads=1)
    first, second = (a.tensors("scorer") for a in (once.artifact, recbox.load(again.folder).artifact))
    assert all(np.array_equal(first[name], second[name]) for name in first)
