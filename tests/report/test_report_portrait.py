"""What is drawn of lists and vectors: cases worked by hand, a page of real runs, and hostile names in it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from report_example import example
from test_report_page import PAYLOADS, Page, harmless

import recbox
from recbox.data import Column, Nodes
from recbox.data.dataset import Dataset, Interactions
from recbox.data.splitting import Split
from recbox.evaluate import Ranked, Ranking, Truth
from recbox.report import Document, Portrait, render, without_portrait
from recbox.report.embedding import DRAWN, embedding_map
from recbox.report.example import examples
from recbox.report.portrait import COLD, NO_VECTORS, PAIRS, UNTESTED
from recbox.report.scatter import scatter
from recbox.report.showing import favoured, phases
from recbox.report.spread import spread

TRAIN, TEST = [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (2, 2)], [(0, 3), (1, 1), (2, 3), (2, 4)]


def nodes(ids: list[Any], *columns: Column, **values: list[Any]) -> Nodes:
    return Nodes(pl.DataFrame({"id": ids, **values}), columns)


def world(titles: list[str] | None = None) -> tuple[Dataset, Split, Truth, Ranked]:
    """Three users, five items; user 0's latest is item 1. Lists of two, as if by popularity."""
    pairs = np.array(TRAIN + TEST)
    x = Interactions(pairs[:, 0], pairs[:, 1], np.ones(10, np.float32), np.arange(10))
    named = [] if titles is None else [Column("title", "text", "title")]
    items = nodes(list("abcde"), *named, **({} if titles is None else {"title": titles}))
    data = Dataset("tiny", nodes([7, 8, 9]), items, x)
    split = Split(np.arange(6), np.arange(0), np.arange(6, 10), fingerprint="")
    truth = Truth.of(data, held=split.test, seen=split.train, trained=split.train)
    shown = np.array([[2, 3], [1, 2], [3, -1]], np.int32)
    hits = truth.relevant.contain(truth.users, shown, 5)
    return data, split, truth, Ranked(Ranking(truth.users, shown, 0.0), hits)


def test_spread_by_hand() -> None:
    _, _, truth, lists = world()
    found = spread(lists, truth, 2)
    assert found is not None
    # Popularity is 3, 2, 1, 0, 0. In lists: item 2 twice, 3 twice, 1 once. In test: 3 twice, 1 and 4 once.
    assert (found.shown, found.items) == (3, 5)
    assert found.popularity == {
        "recommended": pytest.approx((2 * 1 + 2 * 0 + 2) / 5),
        "taken in test": pytest.approx(2 / 4),
        "taken in training": pytest.approx((9 + 4 + 1) / 6),
    }
    assert found.head == {"recommended": 0, "taken in test": 0, "taken in training": 0.5}, "the first of five"
    assert found.lines["recommended"] == [(0, 0), (20, 0), (40, 20), (60, 60), (80, 100), (100, 100)]


def test_baselines_stand_beside_the_method_by_what_was_noted_of_their_lists() -> None:
    """Of one whose lists were of another length, or weren't looked at, nothing is said."""
    _, _, truth, lists = world()
    found = spread(lists, truth, 2)
    assert found is not None
    assert found.document() == {"k": 2, "shown": 3, "mean": 0.8, "head": 0.0}
    document = example()
    noted = {"popularity": {**found.document(), "mean": 2.5}, "item-knn": {**found.document(), "k": 5}}
    for name, one in noted.items():
        document.metrics["baseline"][name]["popularity"] = one
    rows = dict(favoured(document, found).rows)
    assert list(rows) == ["movielens-gcn", "popularity", "taken in test", "taken in training"]
    cells = {name: [cell.text for cell in row] for name, row in rows.items()}
    assert cells["movielens-gcn"] == ["0.8", "0.0 %", "3"] and cells["popularity"][0] == "2.5"


def test_time_and_memory_by_phase() -> None:
    document = example(
        time={"read_s": 1.0, "fit_s": 184.2}, memory={"peak_mib": 900, "read_mib": 300.0, "fit_mib": 812.4}
    )
    time, memory = phases(document)
    assert [(bar.name, bar.value) for bar in time.bars] == [("reading", "1.0 s"), ("training", "3 min")]
    assert [(bar.name, bar.value) for bar in memory.bars] == [("reading", "300 MiB"), ("training", "812 MiB")]
    assert phases(example()) == phases(example(memory={})), "one figure alone is no phase"


def test_what_a_run_notes_of_its_baselines(tmp_path: Path) -> None:
    """Lists by popularity are of the most popular items that users don't have; memory never falls."""
    given = recipe(evaluate={"k": [5], "metric": ["ndcg"], "baseline": ["popularity", "item-knn"]})
    metrics = recbox.run(given, out=tmp_path / "a", threads=1).metrics
    noted = {name: entry["popularity"] for name, entry in metrics["baseline"].items()}
    assert set(noted) == {"popularity", "item-knn"} and {one["k"] for one in noted.values()} == {5}
    assert noted["popularity"]["mean"] > noted["item-knn"]["mean"]
    held = [metrics["memory"][f"{phase}_mib"] for phase in ("read", "fit", "evaluate", "baseline")]
    assert held == sorted(held) and held[-1] <= metrics["memory"]["peak_mib"]


def test_who_is_an_example_and_what_is_shown() -> None:
    data, split, truth, lists = world(["A", "B", "C", "D", "E"])
    found = examples(data, split, truth, lists, 2)
    assert [e.user for e in found] == ["8", "7", "9"], "by how many items they have: 1, 2, 3"
    first, second, third = found
    assert (first.had, first.to_find, first.found) == (1, 1, 1)
    assert [e.title for e in second.latest] == ["B", "A"], "the newest first"
    assert [(e.title, e.id, e.hit) for e in second.listed] == [("C", "c", False), ("D", "d", True)]
    assert [e.title for e in third.listed] == ["D"], "a list may end early"


def test_directions_are_those_of_the_largest_variance() -> None:
    x = np.zeros((40, 3), np.float32)
    x[:, 1] = np.linspace(-3, 3, 40)
    x[:, 2] = np.tile([0.1, -0.1, -0.1, 0.1], 10)  # what the ramp doesn't tell of
    found = embedding_map(x, nodes(list(range(40))), np.arange(40)[::-1])
    assert found is not None
    ratio = x[:, 1].var() / (x[:, 1].var() + x[:, 2].var())
    assert found.explained == (pytest.approx(ratio, abs=1e-6), pytest.approx(1 - ratio, abs=1e-6))
    assert np.allclose(np.abs(found.place[:, 0]), np.abs(x[found.item, 1]), atol=0.01)
    assert found.by == "popularity" and len(found.groups) == 3
    assert embedding_map(np.ones((40, 3), np.float32), nodes(list(range(40))), np.arange(40)) is None


def test_a_map_is_bounded_and_has_the_commonest_categories() -> None:
    n = 5000
    draw = np.random.default_rng(0)
    kinds = [f"kind {min(int(k), 8)}" for k in draw.geometric(0.4, n)]
    items = nodes(list(range(n)), Column("kind", "categorical"), kind=kinds)
    found = embedding_map(draw.normal(size=(n, 8)).astype(np.float32), items, draw.integers(0, 99, n))
    assert found is not None
    assert (len(found.item), found.total) == (DRAWN, n)
    assert list(found.groups) == ["kind 1", "kind 2", "kind 3", "kind 4", "kind 5", "other"]
    drawn = scatter(found)
    assert drawn.keys[-1] == ("✕", "other")
    assert sum(len(re.findall("M", m.path)) for m in drawn.marks) >= DRAWN
    places = [float(v) for m in drawn.marks for v in re.findall(r"M([\d.]+),", m.path)]
    assert min(places) >= 0 and max(places) <= 640


def recipe(**change: Any) -> dict[str, Any]:
    return {
        "recbox": 1,
        "name": "drawn",
        "dim": 8,
        "data": {"source": {"use": "synthetic", "users": 80, "items": 60, "interactions": 1500}},
        "layer": [{"use": "lightgcn"}],
        "train": {"epochs": 1, "batch": 512},
        "evaluate": {"k": [5], "metric": ["ndcg", "gini"], "baseline": []},
        **change,
    }


def page_of(folder: Path) -> str:
    return (folder / "report.html").read_text()


def test_a_run_draws_all_of_it(tmp_path: Path) -> None:
    outcome = recbox.run(recipe(), out=tmp_path / "a", threads=1)
    html = page_of(outcome.folder)
    page = Page(html)
    harmless(page)
    for heading in ("Where it does well", "What it recommends", "Lists of some users", "Map of the items"):
        assert heading in page.text
    assert "Left out" not in page.text
    assert len(html) < 400_000
    assert [t for t, _ in page.tags].count("article") == 3
    values = outcome.metrics["test"]["ndcg@5"]
    assert f"all: {values:.4f}" in page.text
    headings = [int(t[1]) for t, _ in page.tags if re.fullmatch("h[1-6]", t)]
    assert all(b - a <= 1 for a, b in pairwise(headings)), "no level is left out"
    assert "Where it does well" not in without_portrait(html) and "Results" in without_portrait(html)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": {"use": "ease"}, "layer": None, "train": None, "dim": None}, NO_VECTORS),
        (
            {"evaluate": {"by": "pairs", "metric": ["auc"], "negative": {"by": "uniform"}, "baseline": []}},
            PAIRS,
        ),
        (
            {
                "data": {
                    "source": {"use": "synthetic", "users": 80, "items": 60, "interactions": 1500},
                    "split": {"by": "cold-item"},
                },
                "evaluate": {"k": [5], "metric": ["ndcg"], "baseline": [], "candidate": "cold"},
            },
            COLD,
        ),
    ],
)
def test_what_cannot_be_drawn_is_left_out_with_a_word(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    given = {key: value for key, value in recipe(**change).items() if value is not None}
    page = Page(page_of(recbox.run(given, out=tmp_path / "a", threads=1).folder))
    harmless(page)
    assert said in page.text
    assert "Where it does well" in page.text


def test_an_interrupted_run_is_told() -> None:
    left = dict.fromkeys(("quality", "spread", "example"), UNTESTED)
    document = replace(example(status="interrupted"), portrait=Portrait(left_out=left | {"map": NO_VECTORS}))
    page = Page(render(document))
    harmless(page)
    assert page.text.count(UNTESTED) == 3


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_hostile_names_stay_text(payload: str) -> None:
    def drawn(text: str) -> str:
        data, split, truth, lists = world([text] * 5)
        draw = np.random.default_rng(0)
        items = nodes(
            [f"{text}{n}" for n in range(5)],
            Column("title", "text", "title"),
            Column(text[:20] or "x", "categorical"),
            **{"title": [text] * 5, text[:20]: [text, text, "b", "b", "c"]},
        )
        data = replace(data, item=items, user=nodes([f"{text}{n}" for n in range(3)]))
        found = embedding_map(draw.normal(size=(5, 4)).astype(np.float32), items, truth.popularity)
        shown = Portrait((), (), spread(lists, truth, 2), examples(data, split, truth, lists, 2), found)
        return render(Document("x", {}, portrait=shown))

    hostile = payload.encode("utf-8", "replace").decode()  # as a table of Polars can hold it
    html = drawn(hostile)
    page = Page(html)
    harmless(page)
    assert [t for t, _ in page.tags] == [t for t, _ in Page(drawn("plain text")).tags]
    assert not re.search("[\x00-\x08\x0e-\x1f\ud800-\udfff\u202e]", html)
    assert without_portrait(html) == without_portrait(drawn("plain text")), "nothing leaves its place"
