"""Explanations over HTTP are of the scores that lists have, of everybody, with all that is known by now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Server, inside

from recbox.api.run import run
from recbox.explain import Explainer
from recbox.serve import reasons


@pytest.fixture(scope="module")
def weighed(recipe, tmp_path_factory) -> Path:
    """Weights count, and users have a column."""
    folder = tmp_path_factory.mktemp("weighed")
    users = [f"u{n},{('old', 'young')[n % 2]}" for n in range(40)]
    (folder / "users.csv").write_text("\n".join(["id,age", *users]))
    source = {
        **recipe["data"]["source"],
        "user": [
            {"path": str(folder / "users.csv"), "id": "id", "columns": {"age": {"type": "categorical"}}}
        ],
    }
    both = {"fuse": "sum", "part": [{"use": "id"}, {"use": "feature", "columns": ["age"]}]}
    encoder = {**recipe["encoder"], "user": both}
    edge = [{"type": "interaction", "weight": "value"}]
    more = {"data": {**recipe["data"], "source": source}, "encoder": encoder, "graph": {"edge": edge}}
    return Path(run({**recipe, **more, "name": "weighed"}, out=folder / "out").folder)


@pytest.fixture(scope="module")
def own(weighed: Path, tmp_path_factory) -> Iterator[Server]:
    with inside(weighed, tmp_path_factory.mktemp("reasons") / "e.db") as found:
        events = [
            {"user": "u21", "item": 100, "weight": 5.0},
            {"user": "u21", "item": 107, "weight": 0.25},
            {"user": "u21", "item": 100, "weight": 2.0},
            {"user": "new", "item": 103, "weight": 3.0},
            {"user": "new", "item": 104, "weight": 1.0},
            {"user": "both", "item": 103, "weight": 3.0},
        ]
        assert found.post("/events", {"events": events}).status == 200
        people = [{"id": id, "columns": {"age": "young"}} for id in ("both", "told")]
        assert found.post("/users", {"users": people}).status == 200
        item = {"id": 900, "columns": {"kind": "tea", "price": 3, "tags": "t0|t1", "title": "New tea"}}
        assert found.post("/items", {"items": [item]}).status == 200
        yield found


WHO = [
    {"user": "u1"},
    {"user": "u21"},
    {"user": "new"},
    {"user": "both"},
    {"user": "told"},
    {"user": "new", "features": {"age": "old"}},
    {"history": [100, 103]},
    {"history": [100, 103], "features": {"age": "old"}},
]


def check(own: Server, who: dict, count: int) -> None:
    scores = {row["item"]: row["score"] for row in listed(own, who)}
    for item in [*list(scores)[:2], *list(scores)[-1:], *([900] if 900 in scores else [])]:
        found = own.post("/explain", {**who, "item": item}).json
        parts = sum(e["contribution"] for e in found["evidence"]) + sum(found["rest"].values())
        assert found["score"] == pytest.approx(scores[item], abs=1e-5)
        assert parts == pytest.approx(scores[item], abs=1e-5) and found["method"] == "exact"
        assert found["user"] == who.get("user") and found["deletion"] is None
        assert len(found["evidence"]) == count or count < 0


def listed(own: Server, who: dict) -> list[dict]:
    found = own.post("/recommend", {**who, "k": 61, "seen": True})
    assert found.status == 200, found.body
    return found.json["items"]


@pytest.mark.parametrize("who", WHO, ids=str)
def test_what_is_explained_is_the_score_of_the_list(own, who):
    """Known, without and with events that weigh more or less, new, and told of by columns."""
    check(own, who, {"new": 2, "both": 1, "told": 0, None: 2}.get(who.get("user"), -1))


def test_weights_and_columns_are_in_what_is_explained(own):
    """What is alike but for a weight, or a column, is explained otherwise."""
    light = own.post("/explain", {"history": [103, 104], "item": 106}).json
    heavy = own.post("/explain", {"user": "new", "item": 106}).json
    share = [{e["item"]: e["contribution"] for e in found["evidence"]} for found in (light, heavy)]
    assert share[1][103] / share[1][104] == pytest.approx(3 * share[0][103] / share[0][104], rel=1e-4)
    told = own.post("/explain", {"user": "told", "item": 106}).json
    other = own.post("/explain", {"user": "told", "item": 106, "features": {"age": "old"}}).json
    assert told["rest"] != other["rest"] and told["score"] != other["score"]


@pytest.mark.parametrize("who", WHO[:4], ids=str)
def test_a_test_by_deletion_is_made_when_it_is_asked_for(own, who):
    """It begins at the score; the ranks are among what the user doesn't have."""
    rows = own.post("/recommend", {**who, "k": 61}).json["items"]
    found = own.post("/explain", {**who, "item": rows[1]["item"], "deletion": True, "top": 2}).json
    tested = found["deletion"]
    assert tested["before"] == pytest.approx(rows[1]["score"], abs=1e-5)
    assert tested["rank_before"] == 2 and tested["after"] < tested["before"]
    named = [e["item"] for e in found["evidence"]][: len(tested["items"])]
    assert sorted(tested["items"]) == sorted(named)


def test_what_takes_too_long_is_refused_and_the_rest_goes_on(own, monkeypatch):
    """The draws become fewer first."""
    asked = {"user": "u1", "item": 100, "deletion": True}
    assert own.post("/explain", asked).json["deletion"]["draws"] == 20
    monkeypatch.setattr(Explainer, "effort", lambda *_: 100)
    monkeypatch.setattr(reasons, "WORK", 700)
    assert own.post("/explain", asked).json["deletion"]["draws"] == 5
    monkeypatch.setattr(reasons, "WORK", 300)
    none = own.post("/explain", asked)
    assert none.status == 422 and none.error["where"] == "body.deletion"
    assert own.post("/explain", {"user": "u1", "item": 100}).status == 200


def test_methods_of_histories_are_explained_by_what_a_user_has_now(ease, tmp_path):
    with inside(ease, tmp_path / "e.db") as own:
        events = [{"user": user, "item": item} for user in ("u21", "new") for item in (100, 107)]
        assert own.post("/events", {"events": events}).status == 200
        for who in (WHO[0], WHO[1], WHO[2], WHO[6]):
            check(own, who, -1)
        unknown = own.post("/explain", {"user": "nobody", "item": 100})
        assert unknown.status == 404
