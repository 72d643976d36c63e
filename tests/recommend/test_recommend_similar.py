"""Items like an item."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import recbox
from recbox.errors import OptionError, UnsupportedError


def test_of_vectors_it_is_the_cosine(vectors) -> None:
    v = vectors.scorer.vectors()[1].numpy()
    v = v / np.linalg.norm(v, axis=1, keepdims=True)
    found = vectors.similar(k=29)
    assert found.columns == ["item", "rank", "similar", "title", "score"]
    assert found.height == 30 * 29  # every other item, and never itself
    ids = vectors.dataset.item.ids.to_list()
    places = {item: n for n, item in enumerate(ids)}
    expected = [v[places[a]] @ v[places[b]] for a, b in found.select("item", "similar").iter_rows()]
    assert np.allclose(found["score"], expected, atol=1e-5)
    assert (found["item"] != found["similar"]).all()
    assert all(group["score"].is_sorted(descending=True) for _, group in found.group_by("item"))


def test_who_else_is_asked_for_changes_nothing(vectors) -> None:
    ids = vectors.dataset.item.ids
    every = vectors.similar(k=4)
    for item in ids[:5]:
        assert vectors.similar(item, 4).equals(every.filter(pl.col("item") == item))


def test_without_vectors_it_is_what_somebody_gets_who_has_it(fitted) -> None:
    """EASE: a user's scores are sums over their items, so that with one item they are its row."""
    found = fitted.similar([10, 13], 3)
    lists = fitted.recommend(history={"a": [10], "b": [13]}, k=3)
    assert found.select("similar", "score").equals(lists.select(pl.col("item").alias("similar"), "score"))
    assert found["item"].to_list() == [10] * 3 + [13] * 3


def test_new_items_are_alike_too(graph, tmp_path: Path) -> None:
    feature = {
        "encoder": {
            "item": {"fuse": "sum", "part": [{"use": "id"}, {"use": "feature", "columns": ["genre"]}]}
        }
    }
    fitted = recbox.load(recbox.run(graph | feature, out=tmp_path / "f").folder)
    row = fitted.dataset.item.table.row(3, named=True)
    wider = fitted.with_items({name: [999 if name == "id" else value] for name, value in row.items()})
    found = wider.similar([999, 5], 30)
    assert found.filter(pl.col("item") == 999).height == 30
    assert 999 in found.filter(pl.col("item") == 5)["similar"]
    plain = fitted.similar(5, 29)
    assert (
        found.filter((pl.col("item") == 5) & (pl.col("similar") != 999))
        .drop("rank")
        .equals(plain.drop("rank"))
    )


@pytest.mark.parametrize("use", ["bias", "popularity"])
def test_what_is_the_same_for_everybody_is_no_likeness(graph, tmp_path: Path, use: str) -> None:
    plain = {name: graph[name] for name in ("recbox", "name", "data", "evaluate")}
    fitted = recbox.load(recbox.run(plain | {"model": {"use": use}}, out=tmp_path / use).folder)
    with pytest.raises(UnsupportedError, match="which items are alike"):
        fitted.similar(1, 3)


def test_filters_hold_here_too(fitted) -> None:
    assert set(fitted.similar(10, 5, only=[11, 12])["similar"]) <= {11, 12}
    assert 11 not in fitted.similar(10, 8, exclude=11)["similar"]


def test_what_can_not_be_is_told(fitted) -> None:
    with pytest.raises(OptionError, match="there is no item '99'"):
        fitted.similar(99, 3)
    with pytest.raises(OptionError, match="k is 0"):
        fitted.similar(10, 0)
