"""What happened a moment ago counts, whichever process answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from serving import inside

from recbox.api.load import load
from recbox.plugin import NewUsers
from recbox.serve import desk, person


def put(served, *events):
    found = served.post("/events", {"events": list(events)})
    assert found.status == 200, found.body
    return found.json


def test_an_event_is_seen_by_every_process_at_once(served):
    """Each connection may be another process's; the item isn't shown again by any of them."""
    for turn in range(10):
        first = served.items(user="u20", k=1)[0]
        assert put(served, {"user": "u20", "item": first}) == {"stored": 1, "duplicate": 0}
        for _ in range(4):
            assert first not in served.items(user="u20", k=60), turn
    assert served.post("/recommend", {"user": "u20"}).json["folded"]


def test_a_known_user_is_folded_from_what_training_learned(served, fitted):
    """The scores are those of the trained first vector with all that the user has now."""
    put(served, {"user": "u21", "item": 100}, {"user": "u21", "item": "101"})
    data, train = fitted.dataset, fitted.artifact.split.train
    user = data.user.ids.to_list().index("u21")
    x = data.interaction.take(train)
    had = x.item[x.user == user]
    new = NewUsers.of([np.concatenate([had, [0, 1]])], known=[user])
    scores = fitted.scorer.new_users(new).block(np.array([0]))[0]
    rows = served.post("/recommend", {"user": "u21", "k": 60, "seen": True}).json["items"]
    assert [row["score"] for row in rows] == pytest.approx(sorted(scores.tolist(), reverse=True), abs=1e-5)


def test_who_is_new_is_served_by_what_they_did(served, fitted):
    events = [{"user": "new one", "item": item, "time": 5.0} for item in (100, 103)]
    put(served, *events)
    found = served.post("/recommend", {"user": "new one", "k": 5}).json
    assert [row["item"] for row in found["items"]] == fitted.recommend(history=[100, 103], k=5)[
        "item"
    ].to_list()
    assert found["user"] == "new one" and found["folded"]
    found = served.post("/history", {"user": "new one"}).json
    assert [(row["item"], row["title"], row["source"]) for row in found["items"]] == [
        (103, "Tea no. 3", "event"),
        (100, "Tea no. 0", "event"),
    ]


def test_however_many_events_there_are_the_newest_are_folded_in_and_none_is_shown_again(
    artifact, fitted, tmp_path, monkeypatch
):
    """Of the newest two among the newest four; one of the four is of an item that nobody knows."""
    monkeypatch.setattr(person, "LONGEST", 2)
    monkeypatch.setattr(desk, "RECENT", 4)
    items = [100, 101, 102, 103, 104, 105, 9999, 106]
    with inside(artifact, tmp_path / "e.db") as own:
        put(own, *({"user": user, "item": item} for item in items for user in ("u30", "new")))
        found = own.post("/recommend", {"user": "new", "k": 60}).json["items"]
        wanted = fitted.recommend(history=[105, 106], k=60, seen=True)
        left = wanted.filter(~wanted["item"].is_in(list(range(100, 107))))
        assert [row["item"] for row in found] == left["item"].to_list()
        found = own.post("/recommend", {"user": "u30", "k": 60}).json["items"]
        wanted = fitted.recommend("u30", 60, history=[105, 106])
        left = wanted.filter(~wanted["item"].is_in(list(range(100, 107))))
        assert [row["item"] for row in found] == left["item"].to_list()
        assert [row["score"] for row in found] == pytest.approx(left["score"].to_list(), abs=1e-5)


def test_an_item_that_nobody_knows_counts_as_had_and_is_not_folded(served):
    before = served.post("/recommend", {"user": "u22", "k": 5}).json
    put(served, {"user": "u22", "item": 9998})
    after = served.post("/recommend", {"user": "u22", "k": 5}).json
    assert not after["folded"] and after["items"] == before["items"]
    assert served.post("/recommend", {"user": "nobody else"}).status == 404
    put(served, {"user": "nobody else", "item": 9998})
    assert served.post("/recommend", {"user": "nobody else"}).status == 404


def test_an_event_id_counts_once(served):
    one = {"user": "u23", "item": 100, "event_id": "order-1"}
    assert put(served, one, one) == {"stored": 1, "duplicate": 1}
    assert put(served, {**one, "item": 101}) == {"stored": 0, "duplicate": 1}
    found = served.post("/history", {"user": "u23"}).json["items"]
    assert [row["item"] for row in found if row["source"] == "event"] == [100]


def test_many_at_once_are_all_stored(served):
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(
                lambda n: put(served, {"user": "busy", "item": 100 + n % 60, "event_id": f"b{n}"}), range(80)
            )
        )
    assert sum(each["stored"] for each in found) == 80
    assert len(served.post("/history", {"user": "busy"}).json["items"]) == 80


def test_clicks_are_counted_by_the_version_that_was_shown(served):
    found = served.post("/recommend", {"user": "u24"}).json
    click = {"user": "u24", "item": 100, "recommendation_id": found["recommendation_id"]}
    forged = {**click, "recommendation_id": "r" + "0" * 12 + found["recommendation_id"][13:]}

    def clicks():
        text = served.get("/metrics").body.decode()
        lines = [line for line in text.splitlines() if line.startswith("recbox_clicks_total{")]
        return {line.partition("} ")[0]: float(line.rpartition(" ")[2]) for line in lines}

    before = clicks()
    put(served, click, click, forged, {**click, "recommendation_id": "anything"})
    name = f'recbox_clicks_total{{version="{found["version"]}"'
    assert clicks() == {**before, name: before.get(name, 0) + 2}


def test_what_is_unavailable_is_shown_to_nobody_until_it_is_back(served):
    item = served.items(user="u1", k=1)[0]
    for known in (False, True):
        assert served.post("/items", {"items": [{"id": item, "available": known}]}).status == 200
        for _ in range(4):
            assert (item in served.items(user="u1", k=60)) == known


def test_columns_of_known_items_change_what_conditions_see(served, artifact, tmp_path):
    with inside(artifact, tmp_path / "e.db") as own:
        assert 100 not in own.items(user="u1", k=60, where="price > 900", seen=True)
        body = {"items": [{"id": 100, "columns": {"price": 999, "title": "Gold tea", "tags": ["rare"]}}]}
        assert own.post("/items", body).json == {"items": 1, "new": 0}
        assert own.items(user="u1", k=60, where='price > 900 and tags has "rare"', seen=True) == [100]
        assert own.get("/search?q=gold").json["found"] == [{"id": 100, "title": "Gold tea"}]
        assert own.post("/items", {"items": [{"id": 100, "columns": {"price": None}}]}).status == 200
        assert own.items(user="u1", k=60, where="price is missing", seen=True) == [100]


def test_a_new_item_is_recommended_by_the_next_call(served, fitted):
    """As the library scores it; also by the other process."""
    columns = {"kind": "tea", "price": 3, "tags": "t0|t1", "title": "New tea"}
    assert served.post("/items", {"items": [{"id": 900, "columns": columns}]}).json == {"items": 1, "new": 1}
    wider = fitted.with_items({"id": [900], **{name: [value] for name, value in columns.items()}})
    wanted = wider.recommend("u3", 61)
    for _ in range(4):
        found = served.post("/recommend", {"user": "u3", "k": 61}).json["items"]
        assert [row["item"] for row in found] == wanted["item"].to_list()
        assert [row["score"] for row in found] == pytest.approx(wanted["score"].to_list(), abs=1e-5)
    assert served.items(user="u3", k=5, where='title contains "new tea"') == [900]
    assert served.get("/search?q=new+t").json["found"] == [{"id": 900, "title": "New tea"}]
    similar = served.post("/similar", {"items": [900], "k": 3}).json["items"][0]["similar"]
    assert [row["item"] for row in similar] == wider.similar(900, 3)["similar"].to_list()
    put(served, {"user": "u25", "item": 900})
    assert 900 not in served.items(user="u25", k=61)
    assert served.get("/about").json["new_items"] == 1
    assert served.post("/items", {"items": [{"id": 900, "available": False}]}).status == 200
    assert 900 not in served.items(user="u3", k=61)


@pytest.mark.parametrize(
    ("item", "where"),
    [
        ({"id": 100, "columns": {"colour": "red"}}, "body.items.0.columns"),
        ({"id": 100, "columns": {"price": "cheap"}}, "body.items.0.columns"),
        ({"id": 100, "columns": {"kind": ["tea"]}}, "body.items.0.columns"),
        ({"id": "not a number", "columns": {"kind": "tea"}}, "body.items"),
    ],
)
def test_what_is_wrong_with_an_item_is_told_and_nothing_stored(served, item, where):
    found = served.post("/items", {"items": [{"id": 101, "available": False}, item]})
    assert found.status == 422 and found.error["where"].startswith(where[: len("body.items")])
    assert 101 in served.items(user="u1", k=60, seen=True)


def test_a_method_that_scores_no_new_items_says_so(ease, tmp_path):
    """EASE: histories and events are folded in, lists and likeness are the library's."""
    fitted = load(ease)
    with inside(ease, tmp_path / "e.db") as own:
        assert own.get("/about").json["method"]["fold"]
        assert own.items(user="u1", k=9) == fitted.recommend("u1", 9)["item"].to_list()
        found = own.post("/items", {"items": [{"id": 900, "columns": {"kind": "tea"}}]})
        assert found.status == 422 and "900" in found.error["what"] and found.error["why"]
        assert own.post("/recommend", {"user": "u1", "diversity": 0.5}).status == 422
        similar = own.post("/similar", {"items": [100], "k": 3}).json["items"][0]["similar"]
        assert [row["item"] for row in similar] == fitted.similar(100, 3)["similar"].to_list()
        item = own.items(user="u1", k=1)[0]
        put(own, {"user": "u1", "item": item}, {"user": "x", "item": 100}, {"user": "x", "item": 103})
        assert item not in own.items(user="u1", k=60)
        assert own.items(user="x", k=9) == fitted.recommend(history=[100, 103], k=9)["item"].to_list()


def test_what_is_known_is_told(served, fitted):
    found = served.get("/about").json
    assert found["name"] == "shop" and found["items"] == 60 and found["method"]["fold"]
    assert {c["name"]: c["type"] for c in found["columns"]}["tags"] == "multi"
    hits = served.get("/search?q=JAM+no&limit=5").json["found"]
    assert len(hits) == 5 and all(hit["title"].startswith("Jam no") for hit in hits)
    assert served.get("/search?kind=user&q=u2&limit=3").json["found"][0] == {"id": "u2", "title": None}
    popular = served.get("/search").json["found"]
    count = np.bincount(fitted.dataset.interaction.item, minlength=60)
    assert popular[0]["id"] == fitted.dataset.item.ids[int(count.argmax())] and len(popular) == 20
    assert served.get("/search?limit=101").status == 422 and served.get("/search?kind=x").status == 422
    had = served.post("/history", {"user": "u5"}).json["items"]
    x = fitted.dataset.interaction
    rows = np.flatnonzero(x.user == fitted.dataset.user.ids.to_list().index("u5"))
    assert [row["time"] for row in had] == sorted(x.time[rows].tolist(), reverse=True)
    assert {row["item"] for row in had} == set(fitted.dataset.item.ids.gather(x.item[rows]).to_list())
