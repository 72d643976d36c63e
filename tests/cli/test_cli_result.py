"""The result table: order, bold, and a width that a small terminal has."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from recbox.cli.result import best, chosen, ranked, result_lines

NAMES = ["recall", "ndcg", "mrr", "hit", "precision", "map", "coverage", "novelty", "gini"]


def values(base: float) -> dict[str, float]:
    return {f"{n}@{k}": base + i / 100 for k in (10, 20) for i, n in enumerate(NAMES)}


METRICS: dict[str, Any] = {
    "status": "done",
    "select": "ndcg@20",
    "lower_is_better": ["gini"],
    "test": values(0.2),
    "baseline": {
        "popularity": {"test": values(0.1)},
        "ease": {"test": values(0.3)},
        "slow-one": {"left_out": "needs 80 GiB"},
    },
    "data": {
        "source": "movielens-100k",
        "synthetic": False,
        "users": 943,
        "items": 1682,
        "interactions": 100_000,
    },
    "warning": [],
}


def test_the_recipes_method_is_first_and_baselines_follow_sorted() -> None:
    assert [name for name, _ in ranked("gcn", METRICS)] == ["gcn", "ease", "popularity"]


def test_the_best_is_the_least_where_less_is_better() -> None:
    top = best(ranked("gcn", METRICS), ["ndcg@20", "gini@20"], {"gini"})
    assert top == {"ndcg@20": values(0.3)["ndcg@20"], "gini@20": values(0.1)["gini@20"]}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a@10", "a@20", "b@10", "b@20"], ["a@20", "b@20", "a@10", "b@10"]),
        (["a@5", "a@50"], ["a@50"]),
        (["a@10"], ["a@10"]),
        (["plain"], ["plain"]),
    ],
)
def test_columns(names: list[str], expected: list[str]) -> None:
    assert chosen(names) == expected


def test_it_is_readable_at_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", stream := Terminal())
    result_lines("my-recommender", METRICS, "ease is ahead.")
    text = stream.getvalue()
    assert "\x1b[1m" in text
    plain = [line.replace("\x1b[1m", "").replace("\x1b[0m", "") for line in text.splitlines()]
    assert max(map(len, plain)) <= 80
    assert any(line.startswith("my-recommender ") for line in plain)
    assert "left out: slow-one: needs 80 GiB" in plain
    assert plain[-1] == "ease is ahead."


def test_synthetic_data_is_named_beside_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    result_lines("gcn", {**METRICS, "data": {"synthetic": True}}, "gcn is ahead.")
    assert "SYNTHETIC" in capsys.readouterr().out
