"""The one sentence says who won, by how much, and never flatters."""

from __future__ import annotations

import pytest

from recbox.evaluate import Rival, metric_title, winner

ROWS = {"gcn": {"ndcg@20": 0.196}, "ease": {"ndcg@20": 0.192}, "popularity": {"ndcg@20": 0.1}}


def test_ahead_of_the_best_of_the_others():
    assert winner(ROWS, "ndcg@20", "gcn") == "gcn is ahead of ease by 0.0040 NDCG@20 (2.1 %)."


def test_behind_is_said_first():
    assert winner(ROWS, "ndcg@20", "popularity") == (
        "gcn won: popularity is behind it by 0.0960 NDCG@20 (49.0 %)."
    )


def test_level_and_alone():
    assert "level" in winner({"a": {"recall@5": 0.25}, "b": {"recall@5": 0.25}}, "recall@5", "a")
    assert winner({"a": {"recall@5": 0.25}}, "recall@5", "a").endswith("compared with nothing.")


def test_where_less_is_better():
    rows = {"a": {"gini@5": 0.5}, "b": {"gini@5": 0.8}, "c": {"gini@5": 0.9}}
    assert winner(rows, "gini@5", "a", lower=True) == "a is ahead of b by 0.3000 Gini@5 (37.5 %)."
    assert winner(rows, "gini@5", "b", lower=True).startswith("a won: b is behind it by 0.3000")


def test_a_rival_at_nothing_has_no_share():
    assert (
        winner({"a": {"hit@5": 0.5}, "b": {"hit@5": 0.0}}, "hit@5", "a") == "a is ahead of b by 0.5000 Hit@5."
    )


@pytest.mark.parametrize(
    "name, title", [("ndcg@20", "NDCG@20"), ("recall@5", "Recall@5"), ("mrr@10", "MRR@10")]
)
def test_titles(name, title):
    assert metric_title(name) == title


def said(main: str, seed: bool = False, **rivals: Rival) -> str:
    return winner(ROWS, "ndcg@20", main, rivals=rivals, draws=seed)


def test_a_win_is_one_where_users_bear_it_out():
    gap = "gcn is ahead of ease by 0.0040 NDCG@20 (2.1 %)"
    assert said("gcn", ease=Rival(p=0.0123)) == f"{gap}, and users bear it out (p = 0.0123)."
    assert said("gcn", ease=Rival(p=0.00001)) == f"{gap}, and users bear it out (p < 0.0001)."
    assert said("gcn", ease=Rival(p=0.05)) == f"{gap}, which may be chance (p = 0.0500)."
    assert said("gcn", ease=Rival(p=0.31)) == f"{gap}, which may be chance (p = 0.31)."


def test_a_rival_that_was_not_tuned_is_not_beaten():
    ease = Rival(tuned=False, trials=1, grid=6, p=0.0001)
    assert said("gcn", ease=ease).endswith("That is no win: ease was not tuned (1 of 6 settings).")
    unvalidated = Rival(tuned=False, trials=6, grid=6, p=0.0001)
    assert said("gcn", ease=unvalidated).endswith("ease was not tuned (no validation).")


def test_others_that_were_not_tuned_are_named():
    rest = Rival(tuned=False, trials=1, grid=4, p=0.2)
    assert said("gcn", ease=Rival(p=0.01), popularity=rest).endswith(
        " Not tuned: popularity (1 of 4 settings)."
    )


def test_being_behind_may_be_chance_too():
    assert said("ease", gcn=Rival(p=0.4)).startswith("gcn is ahead: ease is behind it by 0.0040")
    assert said("ease", gcn=Rival(p=0.01)).startswith("gcn won: ease is behind it by 0.0040")
    untuned = Rival(tuned=False, trials=1, grid=4, p=0.01)
    assert said("ease", gcn=untuned).startswith("gcn won: ")


def test_the_luck_of_one_seed_is_said_where_there_is_one():
    assert "seed" in said("gcn", True, ease=Rival(p=0.01))
    assert "seed" not in said("gcn", False, ease=Rival(p=0.01))
