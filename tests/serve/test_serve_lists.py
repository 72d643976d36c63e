"""Lists over HTTP are those that `model.recommend` gives."""

from __future__ import annotations

import pytest

NARROW = [
    {},
    {"where": "price < 9"},
    {"where": 'kind = tea and not tags has "t1"'},
    {"exclude": [100, "103", "no such item"]},
    {"only": [101, 102, "104", 107, 110]},
    {"seen": True},
    {"diversity": 0.5},
    {"where": "price < 9", "exclude": [100], "only": [100, 101, 102, 103, 104, 105], "seen": True},
]


def rows(answer):
    return [(row["item"], row["title"]) for row in answer["items"]]


@pytest.mark.parametrize("narrow", NARROW, ids=str)
def test_a_list_is_that_of_the_library(served, fitted, narrow):
    for user in ("u0", "u7"):
        found = served.post("/recommend", {"user": user, "k": 7, **narrow}).json
        wanted = fitted.recommend(user, 7, **narrow)
        assert rows(found) == list(zip(wanted["item"], wanted["title"]))
        assert [row["score"] for row in found["items"]] == pytest.approx(wanted["score"].to_list(), abs=1e-5)
        assert [row["rank"] for row in found["items"]] == wanted["rank"].to_list()
        assert found["user"] == user and not found["folded"]


def test_a_history_is_that_of_the_library(served, fitted):
    found = served.post("/recommend", {"history": [100, "103"], "k": 5}).json
    wanted = fitted.recommend(history=[100, 103], k=5)
    assert rows(found) == list(zip(wanted["item"], wanted["title"]))
    assert found["user"] is None and found["folded"]


def test_boosts_add_to_scores(served):
    plain = served.post("/recommend", {"user": "u1", "k": 60}).json["items"]
    boost = [{"where": "kind = jam", "by": 100}, {"items": [plain[-1]["item"], "no such"], "by": 1000}]
    found = served.post("/recommend", {"user": "u1", "k": 60, "boost": boost}).json["items"]
    scores = {row["item"]: row["score"] for row in plain}
    jam = set(served.items(user="u1", k=60, where="kind = jam"))
    for row in found:
        more = 100 * (row["item"] in jam) + 1000 * (row["item"] == plain[-1]["item"])
        assert row["score"] == pytest.approx(scores[row["item"]] + more, abs=1e-3)
    assert found[0]["item"] == plain[-1]["item"]


def test_caps_bound_how_many_of_a_kind_stand_in_a_list(served, fitted):
    """By hand: from the best on, each that has room, until the list is full."""
    table = fitted.dataset.item.table
    kind, tags = (dict(zip(table["id"], table[name])) for name in ("kind", "tags"))
    for cap, values in (("kind", lambda i: [kind[i]]), ("tags", lambda i: list(tags[i]))):
        counts, wanted = {}, []
        for item in served.items(user="u2", k=60):
            if all(counts.get(v, 0) < 2 for v in values(item)) and len(wanted) < 6:
                wanted.append(item)
                for v in values(item):
                    counts[v] = counts.get(v, 0) + 1
        assert served.items(user="u2", k=6, cap=[{"column": cap, "most": 2}]) == wanted
    assert len(served.items(user="u2", k=50, cap=[{"column": "kind", "most": 3}])) == 9
    assert len(served.items(user="u2", k=9, diversity=0.3, cap=[{"column": "kind", "most": 2}])) == 6


def test_a_list_may_be_longer_than_there_are_items(served):
    assert len(served.items(user="u3", k=1000, seen=True)) == 60
    assert served.items(user="u3", where="price > 1000") == []


def test_similar_items_are_those_of_the_library(served, fitted):
    found = served.post("/similar", {"items": [100, "105"], "k": 4, "where": "price < 12"}).json
    wanted = fitted.similar([100, 105], 4, where="price < 12")
    for row in found["items"]:
        own = wanted.filter(wanted["item"] == row["item"])
        assert [s["item"] for s in row["similar"]] == own["similar"].to_list()
        assert [s["score"] for s in row["similar"]] == pytest.approx(own["score"].to_list(), abs=1e-5)
    assert [row["item"] for row in found["items"]] == [100, 105]


def test_an_explanation_adds_up_and_has_a_drawing(served, fitted):
    item = served.items(user="u4", k=1)[0]
    found = served.post("/explain", {"user": "u4", "item": item}).json
    whole = sum(e["contribution"] for e in found["evidence"]) + sum(found["rest"].values())
    assert whole + found["residual"] == pytest.approx(found["score"], abs=1e-5)
    assert found["svg"].startswith("<svg") and found["user"] == "u4" and found["sentence"]
    wanted = fitted.explain("u4", item, deletion=False).document()
    assert [e["item"] for e in found["evidence"]] == [e["item"] for e in wanted["evidence"]]
    strange = served.post("/explain", {"history": [100, 103], "item": "106"}).json
    assert {e["item"] for e in strange["evidence"]} == {100, 103} and strange["user"] is None


@pytest.mark.parametrize(
    ("path", "asked", "status", "where"),
    [
        ("/recommend", {"user": "nobody"}, 404, "body.user"),
        ("/recommend", {"history": [1]}, 422, "body.history"),
        ("/recommend", {"history": []}, 422, "body.history"),
        ("/recommend", {"user": "u0", "history": [100]}, 422, "body"),
        ("/recommend", {}, 422, "body"),
        ("/recommend", {"user": "u0", "k": 1001}, 422, "body.k"),
        ("/recommend", {"user": "u0", "k": True}, 422, "body.k"),
        ("/recommend", {"user": True}, 422, "body.user"),
        ("/recommend", {"user": "u0", "wher": "price < 3"}, 422, "body.wher"),
        ("/recommend", {"user": "u0", "where": "prise < 3"}, 422, "body.where"),
        ("/recommend", {"user": "u0", "where": "price <"}, 422, "body.where"),
        ("/recommend", {"user": "u0", "only": ["no such"]}, 422, "body.only"),
        ("/recommend", {"user": "u0", "cap": [{"column": "colour", "most": 1}]}, 422, "body.cap"),
        ("/recommend", {"user": "u0", "boost": [{"by": 1.0}]}, 422, "body.boost"),
        ("/recommend", {"user": "u0", "diversity": 0.5, "k": 101}, 422, "body"),
        ("/recommend", {"user": "u0", "features": {"age": 1}}, 422, "body.features"),
        ("/recommend", {"history": list(range(1001))}, 422, "body.history"),
        ("/similar", {"items": ["no such"]}, 404, "body.items"),
        ("/similar", {"items": []}, 422, "body.items"),
        ("/explain", {"user": "u0", "item": "no such"}, 404, "body.item"),
        ("/history", {"user": "nobody"}, 404, "body.user"),
        ("/events", {"events": []}, 422, "body.events"),
        ("/events", {"events": [{"user": "a", "item": 1, "weight": -1}]}, 422, "body.events.0.weight"),
    ],
    ids=lambda x: str(x)[:50],
)
def test_a_mistake_is_told_with_its_place(served, path, asked, status, where):
    found = served.post(path, asked)
    assert found.status == status, found.body
    assert found.error["what"] and found.error["where"].startswith(where)
