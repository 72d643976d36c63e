"""Who gets what: order, exclusion, ids, short lists, and independence of the company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from recbox.api.load import Fitted, load
from recbox.artifact import Content, write
from recbox.context import Context
from recbox.data import Interactions, Nodes, Split
from recbox.errors import OptionError
from recbox.model.popularity import PopularityScorer
from recbox.recommend import find_users, ranking, recommend


def test_each_list_is_the_sorted_unseen_items(fitted: Fitted) -> None:
    scores = fitted.scorer.block(np.arange(12)).numpy()
    frame, x = fitted.recommend(k=9), fitted.dataset.interaction
    assert frame.columns == ["user", "rank", "item", "title", "score"]
    for user in range(12):
        unseen = np.setdiff1d(np.arange(9), x.item[x.user == user])
        best = unseen[np.lexsort((unseen, -scores[user, unseen]))]
        mine = frame.filter(pl.col("user") == user + 1)
        assert mine["item"].to_list() == (best + 10).tolist()
        assert mine["rank"].to_list() == list(range(1, len(best) + 1))
        np.testing.assert_array_equal(mine["score"].to_numpy(), scores[user, best])


def test_titles_stand_beside_items(fitted: Fitted) -> None:
    titles = dict(fitted.recommend(k=9).select("item", "title").iter_rows())
    assert titles[14] is None
    assert titles[12] == "Film 2"


def test_both_spellings_of_an_id_are_one_user(fitted: Fitted) -> None:
    once = fitted.recommend([3], k=2)
    for same in (3, "3", ["3"], np.array([3]), pl.Series([3]), [3, "3", 3]):
        assert fitted.recommend(same, k=2).equals(once)


def test_users_come_in_the_order_asked_for(fitted: Fitted) -> None:
    assert fitted.recommend([7, 2, "5"], k=1)["user"].to_list() == [7, 2, 5]


def test_a_list_does_not_depend_on_the_company(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = fitted.recommend(k=3)
    alone = pl.concat([fitted.recommend(user, k=3) for user in range(1, 13)])
    assert alone.equals(everybody)
    monkeypatch.setattr(ranking, "TILE", 4)
    monkeypatch.setattr(ranking, "BYTES", 4 * 4 * 9)
    frames = list(recommend(fitted.artifact, None, 3, Context()))
    assert len(frames) > 1
    assert pl.concat(frames).select("user", "item").equals(everybody.select("user", "item"))


def test_nobody_gets_nothing(fitted: Fitted) -> None:
    nothing = fitted.recommend([], k=2)
    assert nothing.height == 0
    assert nothing.schema == fitted.recommend(k=2).schema


def small(make: Callable[..., Content], place: Path, ids: list[str]) -> Fitted:
    """Popularity scores; user a knows all three items, b two, the others none. Items 0 and 1 are level."""
    given = make()
    x = Interactions(np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 2]), np.ones(5, np.float32))
    item = Nodes(pl.DataFrame({"id": ["x", "y", "z"]}))
    user = Nodes(pl.DataFrame({"id": ids}))
    none = np.zeros(0, np.int64)
    content = make(
        dataset=replace(given.dataset, user=user, item=item, interaction=x),
        split=Split(np.arange(3), np.array([3]), np.array([4]), fingerprint="f"),
        scorer=PopularityScorer(len(ids), np.array([2, 2, 3], np.float32)),
        scorer_head={"kind": "model", "use": "popularity", "options": {}},
        extra={}, per_user={}, users=none,
    )  # fmt: skip
    return load(write(content, place / "small"))


def test_who_knows_everything_gets_a_shorter_list(make: Callable[..., Content], tmp_path: Path) -> None:
    fitted = small(make, tmp_path, ["a", "b", "c"])
    frame = fitted.recommend(k=3)
    assert frame.select("user", "rank", "item").rows() == [
        ("b", 1, "y"), ("c", 1, "z"), ("c", 2, "x"), ("c", 3, "y"),
    ]  # fmt: skip
    assert frame["title"].to_list() == [None] * 4
    assert np.isfinite(frame["score"].to_numpy()).all()


def test_ids_that_look_like_numbers_are_strings_where_the_data_has_strings() -> None:
    ids = pl.Series("id", ["007", "7", "x"])
    assert find_users(ids, ["7", "007"]).tolist() == [1, 0]
    assert find_users(ids, 7).tolist() == [1]


@pytest.mark.parametrize("k", [0, -1, 10, True, 2.0, "3"])
def test_k_is_between_one_and_all_items(fitted: Fitted, k: object) -> None:
    with pytest.raises(OptionError, match="k is"):
        fitted.recommend(1, k=k)


@pytest.mark.parametrize("user", [0, 13, "x", "03", "1.0", "", " 3", 2**70, "9" * 5000, "٣", "é" * 10_000])
def test_unknown_users_are_named_with_near_ones(fitted: Fitted, user: object) -> None:
    with pytest.raises(OptionError, match="there is no user") as caught:
        fitted.recommend([1, user], k=1)
    assert "12" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_near_ids_are_near(fitted: Fitted) -> None:
    with pytest.raises(OptionError, match=r"near ids: 10, 11, 12"):
        fitted.recommend(99, k=1)
    with pytest.raises(OptionError, match="a near id: alice"):
        find_users(pl.Series("id", ["alice", "bob"]), "alcie")


@pytest.mark.parametrize("user", [None, 1.5, True, b"1", {}])
def test_what_is_no_id(fitted: Fitted, user: object) -> None:
    with pytest.raises(OptionError, match="is no id"):
        fitted.recommend([user], k=1)
