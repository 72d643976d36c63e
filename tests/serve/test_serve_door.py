"""What comes in is what a server can use and an update can fold in, and means the same in both."""

from __future__ import annotations

import csv
import itertools
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from pydantic import ValidationError
from serving import inside

import recbox
from recbox.errors import RecboxError
from recbox.serve import asked, news
from recbox.serve.columns import fitting, row_of
from recbox.serve.desk import Desk
from recbox.serve.events import taken
from recbox.serve.fault import Refusal
from recbox.serve.version import Version
from recbox.store import Event, Store

USERS, ITEMS = 12, 15
COLUMNS = {
    "user": {"age": {"type": "numeric"}, "town": {"type": "categorical"}},
    "item": {
        "name": {"type": "text", "role": "title"},
        "price": {"type": "numeric"},
        "tags": {"type": "multi"},
    },
}


def _written(path: Path, head: list[str], rows: list[list[Any]]) -> str:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return str(path)


def _recipe(folder: Path) -> dict[str, Any]:
    """Ids are integers; what is bought is rated, what is viewed isn't recommended for; below 3 stars a
    purchase doesn't count."""
    draw, files = random.Random(1), []
    for behaviour in ("buy", "view"):
        rows = [
            [u, 10 + i, draw.randrange(1000), draw.choice([1, 3, 4, 5])]
            for u, i in draw.sample(list(itertools.product(range(USERS), range(ITEMS))), 90)
        ]
        path = _written(folder / f"{behaviour}.csv", ["user", "item", "time", "stars"], rows)
        names = {"user": "user", "item": "item", "time": "time", "weight": "stars"}
        files.append({"path": path, "behaviour": behaviour, "columns": names})
    users = [[u, 20 + u, "AB"[u % 2]] for u in range(USERS)]
    items = [[10 + i, f"thing {i}", 1.5 * i, "a|b" if i % 2 else "c"] for i in range(ITEMS)]
    both = {"fuse": "sum", "part": [{"use": "id"}, {"use": "feature"}]}
    return {
        "recbox": 1,
        "name": "door",
        "dim": 4,
        "data": {
            "source": {
                "use": "table",
                "interaction": files,
                "user": [{"path": _written(folder / "u.csv", ["id", "age", "town"], users),
                          "columns": COLUMNS["user"]}],
                "item": [{"path": _written(folder / "i.csv", ["id", "name", "price", "tags"], items),
                          "columns": COLUMNS["item"]}],
            },
            "target": "buy",
            "clean": {"duplicate": "refuse", "bad": "refuse", "threshold": 3},
            "split": {"by": "user-random", "valid": 0.1, "test": 0.1},
        },
        "encoder": {"user": both, "item": both},
        "layer": [{"use": "lightgcn"}],
        "train": {"epochs": 1, "batch": 64},
        "evaluate": {"k": [5], "metric": ["ndcg"], "baseline": []},
    }  # fmt: skip


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rated")
    return Path(recbox.run(_recipe(folder), out=folder / "door", threads=1).folder)


@pytest.fixture(scope="module")
def version(rated: Path) -> Version:
    return Version.open(rated)


ID = st.one_of(
    st.integers(0, 40),
    st.sampled_from(
        ["15", "015", " 15 ", "+15", "guest-1", "", "१५", "-3", "99999999999999999999", -(2**63)]
    ),
)
VALUE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(allow_nan=False),
    st.sampled_from(["12", " 3.5 ", "1_990", "\uff11\uff12", "nan", "inf", "", " ", "tea", "a|b", " a | |b"]),
    st.text(max_size=5),
    st.lists(st.sampled_from(["a", " new ", "", "b|c", " "]), max_size=3),
    st.just(1e39),
    st.just(2**63 - 1),
)
EVENT = st.fixed_dictionaries(
    {"user": ID, "item": ID},
    optional={
        "time": st.one_of(st.integers(0, 2000), st.sampled_from([0, 0.5, 1.7e9, 2.6e11, 1e12])),
        "weight": st.sampled_from([0.5, 1, 2.9999999, 3, 3.0000001, 5, 1e6]),
        "behaviour": st.sampled_from(["buy", "view", "veiw", "Buy", "interaction", None]),
    },
)


def _columns(type: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from([*COLUMNS[type], "other"]), VALUE, max_size=3)


TOLD = st.lists(
    st.one_of(
        EVENT.map(lambda one: ("events", asked.Events, one)),
        st.fixed_dictionaries({"id": ID, "columns": _columns("item")}).map(
            lambda one: ("items", asked.Items, one)
        ),
        st.fixed_dictionaries({"id": ID, "columns": _columns("user")}).map(
            lambda one: ("users", asked.Users, one)
        ),
    ),
    max_size=30,
)


def _tell(desk: Desk, name: str, model: Any, one: dict[str, Any]) -> bool:
    """Whether it was taken."""
    try:
        found = model.model_validate({name: [one]})
        if name == "events":
            desk.store.append([taken(desk.now.version, found.events, desk.key)])
        else:
            getattr(news, name)(desk, found)
    except (ValidationError, RecboxError, Refusal):
        return False
    return True


@pytest.mark.parametrize(
    "cases", [40, pytest.param(300, marks=[pytest.mark.soak, pytest.mark.timeout(3000)])]
)
def test_what_a_server_takes_an_update_folds_in_as_the_server_reads_it(
    rated, version, tmp_path_factory, cases
):
    """No row is bad; new items and users have the same columns; the same events count."""
    some: list[int] = []

    @settings(max_examples=cases, suppress_health_check=list(HealthCheck), deadline=None)
    @given(TOLD)
    def one(told: list[tuple[str, Any, dict[str, Any]]]) -> None:
        folder = tmp_path_factory.mktemp("told")
        desk = Desk(version, folder / "events.db")
        some.append(sum(_tell(desk, *each) for each in told))
        if not some[-1]:
            return
        catalogue, store = desk.catalogue(desk.store.revision), desk.store
        assert catalogue.left == {}
        events = list(store.events())
        if not events and not store.items() and not list(store.users()):
            return
        found = recbox.load(rated).update(folder / "events.db", out=folder / "new")
        counts = found.artifact.metrics["updated"].get("count", {})
        assert not any(counts.get(name) for name in ("bad", "bad_users", "bad_items", "skipped"))
        uncounted = counts.get("below_threshold", 0) + counts.get("other_behaviour", 0)
        mine = [store.recent(user, 1000, version.counted) for user in {e.user for e in events}]
        assert counts.get("rows", 0) == len(events) == sum(map(len, mine)) + uncounted
        fresh, item = catalogue.fresh.table, found.dataset.item.table
        there = item.filter(pl.col("id").is_in(fresh["id"].implode()))
        assert_frame_equal(there.sort("id"), fresh.select(there.columns).sort("id"))
        users = {str(row["id"]): row for row in found.dataset.user.table.to_dicts()}
        for id, columns in store.users():
            if version.users.find(id) < 0:
                nodes = version.artifact.user
                said = row_of(nodes, fitting(nodes, columns), "").to_dicts() or [{}]
                assert said[0].items() <= users[id].items()

    one()
    assert sum(some) >= cases  # of rows, lest all be refused


def test_what_an_older_store_holds_blocks_no_update_and_no_list(rated, version, tmp_path):
    """Before ids, behaviours and values were looked at."""
    path = tmp_path / "events.db"
    events = [("guest-1", "15"), ("8", "no-such"), ("8", "015"), ("7", "11"), ("7", "11"), ("40", "12")]
    with Store(path) as store:
        store.append([[Event(user, item, 5000.0 + n, 4.0) for n, (user, item) in enumerate(events)]])
        store.append([[Event("7", "13", 6000.0, 4.0, behaviour="veiw"), Event("7", "14", 6000.0, 1.0)]])
        store.put_items(
            [("0999", {"price": 3}, None), (" 15 ", {"price": 4}, None), ("12", {"price": "x"}, None)]
        )
        store.put_items(
            [("77", {"tags": ["a"], "price": 2}, None), ("78", {"tags": "b|c", "price": [1]}, None)]
        )
        store.put_users([("guest-1", {"age": 3}), ("41", {"age": "old", "town": "A", "gone": 1})])
    counts = recbox.load(rated).update(path, out=tmp_path / "new").artifact.metrics["updated"]["count"]
    assert {name: counts[name] for name in ("rows", "bad", "other_behaviour", "below_threshold")} == {
        "rows": 8, "bad": 3, "other_behaviour": 1, "below_threshold": 1,
    }  # fmt: skip
    assert (counts["bad_items"], counts["bad_users"], counts["items"]) == (4, 2, 2)
    desk = Desk(version, path)
    assert desk.now.left == {"id": 2, "price": 2}
    assert [str(id) for id in desk.now.ids.to_list()[ITEMS:]] == ["77", "78"]
    assert len(desk.recommend(asked.Recommend(user=7, k=40, where="price >= 0"))["items"])
    assert len(desk.recommend(asked.Recommend(user=41))["items"]) == 10
    with inside(rated, path) as own:
        assert "recbox_left_out 4\n" in own.get("/metrics").body.decode()


EVENT_OK = {"user": 8, "item": 15, "weight": 4}


@pytest.mark.parametrize(
    ("path", "body", "where", "what"),
    [
        ("events", {"user": "guest-1"}, "user", "whole numbers"),
        ("events", {"item": "no-such"}, "item", "whole numbers"),
        ("events", {"item": "015"}, "item", "leading zeros"),
        ("events", {"item": 1.5}, "item", "valid integer; or: Input should be a valid string"),
        ("events", {"behaviour": "veiw"}, "behaviour", "'view'"),
        ("events", {"behaviour": "Buy"}, "behaviour", "they are buy, view"),
        ("events", {"weight": None}, "weight", "below 3"),
        ("events", {"time": 1e12}, "time", "253402300799"),
        ("items", {"id": " 15 "}, "id", "whole numbers"),
        ("items", {"id": 90, "columns": {"price": "1_990"}}, "columns.price", "no number"),
        ("items", {"id": 90, "columns": {"tags": 3}}, "columns.tags", "a list of texts"),
        ("users", {"id": "x", "columns": {}}, "id", "whole numbers"),
        ("users", {"id": 5, "columns": {"age": True}}, "columns.age", "a number"),
        ("users", {"id": 5}, "columns", "required"),
    ],
)
def test_what_is_refused_is_told_with_its_place(site, path, body, where, what):
    given = {**EVENT_OK, **body} if path == "events" else body
    found = site.post(f"/{path}", {path: [given]})
    assert (found.status, found.error["where"]) == (422, f"body.{path}.0.{where}")
    assert what in " ".join(found.error.values())


def test_what_events_must_be_like_is_told(site):
    told = {"behaviours": ["buy", "view"], "behaviour_needed": False, "weight_needed": True, "threshold": 3}
    assert site.get("/about").json["event"] == told


def test_lists_are_refused_with_a_place_where_nothing_is_told(site):
    def error(**body: Any) -> tuple[int, str, str]:
        found = site.post("/recommend", body)
        return found.status, found.error["where"], found.error["why"]

    assert error(history=[])[:2] == (422, "body.history")
    assert error(user=1, only=["zz"])[:2] == (422, "body.only")
    assert error(user=1, where="price <")[:2] == (422, "body.where")
    assert error(user=1, cap=[{"column": "no", "most": 1}])[:2] == (422, "body.cap")
    assert site.post("/events", {"events": [{"user": 300, "item": 15, "weight": 1}]}).status == 200
    status, where, why = error(user=300)
    assert (status, where) == (404, "body.user") and "counts" in why


def test_what_weighs_little_is_had_and_not_learned(site):
    """Two stars: the item leaves the list, and scores stay as they were."""
    before = site.post("/recommend", {"user": 3, "k": 30}).json
    item = before["items"][0]["item"]
    site.post("/events", {"events": [{"user": 3, "item": item, "weight": 2}]})
    after = site.post("/recommend", {"user": 3, "k": 30}).json
    assert not after["folded"] and after["items"] == [
        {**row, "rank": row["rank"] - 1} for row in before["items"][1:]
    ]
    site.post("/events", {"events": [{"user": 3, "item": item, "weight": 3, "behaviour": "buy"}]})
    assert site.post("/recommend", {"user": 3}).json["folded"]


@pytest.fixture(scope="module")
def site(rated, tmp_path_factory):
    with inside(rated, tmp_path_factory.mktemp("site") / "events.db") as found:
        yield found


def test_features_that_a_method_does_not_read_make_no_list(rated, tmp_path):
    recipe = recbox.load(rated).artifact.recipe
    plain = {k: v for k, v in recbox.recipe.written(recipe).items() if k in ("recbox", "data", "evaluate")}
    folder = recbox.run({**plain, "name": "ease", "model": {"use": "ease"}}, out=tmp_path / "ease").folder
    desk = Desk(Version.open(folder), tmp_path / "events.db")
    with pytest.raises(Refusal, match="the features say nothing") as error:
        desk.recommend(asked.Recommend(history=[], features={"age": 30}))
    assert error.value.status == 422 and error.value.error["where"] == "body.features"
    assert desk.recommend(asked.Recommend(history=[11], features={"age": 30}))["items"]
