"""The one sentence says who won, by how much, and never flatters."""

from __future__ import annotations

import pytest

from recbox.evaluate import metric_title, winner

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
