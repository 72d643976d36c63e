"""`recbox compare` as a command: formats, what is refused and with which exit code."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def two(small: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Popularity and item-knn on the data of `small`, as finished artifacts."""
    from recbox import run

    base = tmp_path_factory.mktemp("two")
    data = {"source": {"use": "table", "interaction": [{"path": "small.csv", "columns": {"time": "time"}}]}}
    judge = {"k": [10], "metric": ["recall", "ndcg"], "select": "ndcg@10", "baseline": []}
    for use in ("popularity", "item-knn"):
        plain = {"recbox": 1, "name": use, "data": data, "model": {"use": use}, "evaluate": judge}
        run(plain, data_dir=[small.parent], threads=1, out=base / use)
    return [str(base / "popularity"), str(base / "item-knn")]


def test_a_table_and_a_sentence(recbox: Callable, two: list[str]) -> None:
    done = recbox("compare", *two)
    assert done.code == 0, done.err
    assert "NDCG@10" in done.out and "warm items" in done.out
    assert done.out.count("Real: item-knn is better than popularity by") == 1
    row = next(line for line in done.out.splitlines() if line.startswith("item-knn "))
    assert row.rstrip().endswith("*")


def test_json_is_one_document(recbox: Callable, two: list[str]) -> None:
    done = recbox("compare", *two, "--format", "json", "--metric", "ndcg@10", "--metric", "recall@10")
    found = json.loads(done.out)
    assert [m["name"] for m in found["method"]] == ["popularity", "item-knn"]
    assert [p["metric"] for p in found["pair"]] == ["ndcg@10", "recall@10"]
    assert all(p["holm"] >= p["p"] for p in found["pair"])
    assert found["method"][1]["value"]["ndcg@10"]["best"] is (found["pair"][0]["verdict"] == "real")


def test_csv_has_a_row_for_each_mean_and_pair(recbox: Callable, two: list[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(recbox("compare", *two, "--format", "csv").out)))
    assert [r["row"] for r in rows[:3]] == ["mean", "mean", "pair"]
    assert {r["row"] for r in rows[3:]} == {"segment"} and all(int(r["users"]) > 0 for r in rows[3:])
    gap = float(rows[0]["value"]) - float(rows[1]["value"])
    assert float(rows[2]["value"]) == pytest.approx(gap)


def test_a_page_without_script(recbox: Callable, two: list[str]) -> None:
    page = recbox("compare", *two, "--format", "html").out
    assert page.startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    assert "<script" not in page and "http://" not in page and "https://" not in page
    assert "<strong>" in page and "Real: item-knn is better" in page


def test_a_mistake_is_told_and_exits_with_2(recbox: Callable, two: list[str], small: Path) -> None:
    for args, said in [
        ((two[0],), "one method"),
        ((*two, "--metric", "ndcg@11"), "did you mean 'ndcg@10'?"),
        ((two[0], "movielens_ease_"), "there is no such recipe"),
        ((*two, "--seeds", "0"), "--seeds"),
        ((two[0], small, "--threads", "1", "--set", "x=1"), "No such option"),
        ((), "ARTIFACT|RECIPE"),
    ]:
        done = recbox("compare", *args)
        assert (done.code, done.out) == (2, "") and said in done.err, args


def test_another_split_is_refused_before_anything_is_trained(
    recbox: Callable, two: list[str], small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small.parent)
    other = small.parent / "other.yaml"
    other.write_text("extends: small.yaml\ndata: {split: {test: 0.3}}\n")
    done = recbox("compare", *two, other, "--threads", "1")
    assert (done.code, done.out) == (2, "")
    assert "other.yaml: the same data, another split: split by user-time" in done.err
    assert not (small.parent / "runs").exists()
