"""What may still name somebody: lists of others, words of texts, a store's log; and times that are none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from test_updating_forget import keep_store
from updating_shop import SOURCE, described_items, described_users, recipe, write_shop

import recbox
from recbox.api.load import Fitted
from recbox.api.updating import Asked
from recbox.errors import OptionError
from recbox.store import Store, schema
from recbox.updating.proof import proof
from recbox.updating.tracing import in_text

Of = Callable[[str], Fitted]


@pytest.fixture
def befriended(tmp_path: Path) -> Fitted:
    """Everybody is a friend of person 7, and of the one before; an item was chosen by some."""
    write_shop(tmp_path)
    friends = [f"person-07|person-{max(u - 1, 0):02d}" for u in range(30)]
    described_users(range(30)).with_columns(friends=pl.Series(friends)).write_csv(tmp_path / "users.csv")
    chosen = pl.Series(["person-07|person-08"] + [None] * 19, dtype=pl.String)
    described_items(range(100, 120)).with_columns(chosen=chosen).write_csv(tmp_path / "items.csv")
    multi = {"type": "multi"}
    features = {"fuse": "sum", "part": [{"use": "id"}, {"use": "feature"}]}
    blocks = {"layer": [{"use": "lightgcn", "repeat": 2}], "encoder": {"user": features}}
    told = recipe(tmp_path, "friends", **blocks)
    source = told["data"]["source"]
    source["user"][0]["columns"] = {"town": {}, "friends": multi}
    source["item"][0]["columns"] = {**SOURCE["item"][0]["columns"], "chosen": multi}
    return recbox.load(recbox.run(told, out=tmp_path / "friends", threads=1).folder)


def test_lists_of_other_users_are_cleared_and_those_of_items_are_told(befriended: Fitted):
    found = befriended.updated(Asked(forget=("person-07",), purge=True))
    table = recbox.load(found.folder).dataset.user.table
    assert "person-07" not in table["friends"].explode().to_list()
    assert table.filter(pl.col("id") == "person-05")["friends"].to_list() == [["person-04"]]
    assert found.counts["mentions"] == 29 + 1  # person 8 named them twice
    assert found.proof is not None and found.proof.found == ("node/item.parquet",)
    assert befriended.folder.exists() and not found.removed  # nothing goes where something was found
    assert [each.path for each in found.left] == [befriended.folder]


@pytest.fixture
def numbered(tmp_path: Path) -> Fitted:
    """Ids of users are numbers: in lists of friends and of luck, and as the seller of items."""
    write_shop(tmp_path)
    for name in ("events.csv", "users.csv"):
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text.replace("person-0", "").replace("person-", ""))
    friends = pl.Series("friends", ["7|4", "7"] * 15)
    users = pl.read_csv(tmp_path / "users.csv").with_columns(friends, luck=friends)
    users.write_csv(tmp_path / "users.csv")
    items = described_items(range(100, 120)).with_columns(seller=pl.Series([7, 8] * 10))
    items.write_csv(tmp_path / "items.csv")
    told = recipe(tmp_path, "numbered", layer=[{"use": "lightgcn"}])
    source = told["data"]["source"]
    held = {"type": "multi", "role": "user"}
    source["user"][0]["columns"] = {"town": {}, "friends": held, "luck": {"type": "multi"}}
    source["item"][0]["columns"] = {**SOURCE["item"][0]["columns"], "seller": {"role": "user"}}
    return recbox.load(recbox.run(told, out=tmp_path / "numbered", threads=1).folder)


def test_columns_that_are_said_to_hold_users_lose_their_numbers(numbered: Fitted):
    found = numbered.updated(Asked(forget=(7,)))
    data = recbox.load(found.folder).dataset
    assert set(data.user.table["friends"].explode().drop_nulls()) == {"4"}
    assert set(data.item.table["seller"].drop_nulls()) == {"8"}
    assert "7" in data.user.table["luck"].explode().to_list()
    assert found.counts["mentions"] == 29 + 10
    assert found.proof is not None and found.proof.found == ()
    assert "not in users' luck, items' kind: `role: user`" in found.proof.note
    assert set(proof(numbered.artifact, ["7"]).found) >= {"node/user.parquet", "node/item.parquet"}


def test_words_are_whole_and_values_exact():
    assert not in_text("every event", ["eve"], "README.md")
    assert in_text("of eve: 3", ["eve"], "README.md") == {"eve"}
    assert not in_text('{"every": "in the eve"}', ["eve"], "metrics.json")
    assert in_text('{"a": [{"b": "eve"}]}', ["eve"], "metrics.json")
    assert not in_text('{"eve": 1}', ["eve"], "metrics.json")  # a key is the name of a field
    assert not in_text('{"a": "every"}\n{"b": 1}\n', ["eve"], "history.jsonl")
    assert in_text('{"a": 1}\n{"b": "eve"}\n', ["eve"], "history.jsonl")
    assert in_text("name: a\ndata: {path: eve.csv}\n", ["eve"], "recipe.yaml")
    assert not in_text("name: a\neve: {path: x.csv}\n", ["eve"], "recipe.yaml")
    assert in_text("name: a # of eve\n", ["eve"], "recipe.yaml")
    assert in_text("name: 7\nusers: '12'", ["12"], "recipe.yaml") == {"12"}


@pytest.mark.parametrize("word", ["test", "user", "done", "lightgcn", "graph", "ndcg", "data", "README"])
def test_a_word_of_recbox_is_no_trace_of_whom_it_is_the_id(fitted: Of, tmp_path: Path, word: str):
    """Where ids stand, it is looked for like any other."""
    model = fitted("lightgcn").update({"Customer": [word], "item": [104], "when": [10**8], "stars": [5]})
    assert proof(model.artifact, [word]).found == ("node/user.parquet",)
    found = model.updated(Asked(forget=(word,), purge=True))
    assert found.proof is not None and found.proof.found == ()
    assert model.folder in [each.path for each in found.removed]


def test_a_text_of_somebody_else_names_whole_words(fitted: Of):
    """Items are called `thing 100` and so on."""
    artifact = fitted("featured").artifact
    assert proof(artifact, ["thi"]).found == ()
    assert "node/item.parquet" in proof(artifact, ["thing"]).found


@pytest.mark.parametrize("name", ["featured", "ease"])
def test_somebody_must_be_left(fitted: Of, name: str):
    model = fitted(name)
    with pytest.raises(OptionError, match="nobody would be left"):
        model.update(forget=tuple(model.dataset.user.ids.to_list()))


@pytest.mark.parametrize("name", ["featured", "gcn"])
def test_who_is_left_may_have_nothing(fitted: Of, name: str):
    """All that was trained with is gone: one who came later is left."""
    model = fitted(name)
    later = model.update(
        {"Customer": ["stranger"], "item": [104], "when": [10**8], "stars": [5]},
        users=described_users([3]).with_columns(id=pl.lit("stranger")),
    )
    found = later.update(forget=tuple(model.dataset.user.ids.to_list()))
    assert found.dataset.user.ids.to_list() == ["stranger"]
    assert len(found.recommend("stranger", 3)) == 3


def test_a_mistyped_id_is_a_mistake_with_a_store_too(fitted: Of, tmp_path: Path):
    path = keep_store(tmp_path / "shop.db")
    with pytest.raises(OptionError, match="there is no user 'person-7'"):
        fitted("lightgcn").updated(Asked(forget=("stranger", "person-7"), stores=(path,)))
    with Store(path) as store:
        assert store.count(["stranger"]) == 3
        assert store.having(["stranger", "person-7", "person-03"]) == {"stranger", "person-03"}


def test_a_log_that_somebody_reads_is_left(fitted: Of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = keep_store(tmp_path / "shop.db")
    monkeypatch.setattr(schema, "TIMEOUT", 0.1)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("PRAGMA journal_mode = WAL")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchone()
    asked = Asked(forget=("stranger",), stores=(path,))
    found = fitted("popularity").updated(asked)
    assert found.stores == {str(path): 3}
    assert [each.path.name for each in found.left] == ["shop.db-wal"]
    assert "has the store open" in str(found.left[0])
    reader.execute("COMMIT")
    again = fitted("popularity").updated(replace(asked, forget=("person-03",)))
    assert "shop.db-wal" not in [each.path.name for each in again.left]
    reader.close()
    assert all(b"stranger" not in file.read_bytes() for file in tmp_path.glob("shop.db*"))


EVENTS = {"Customer": ["person-03", "person-04"], "item": [100, 104], "stars": [4.0, 2.0]}


@pytest.mark.parametrize("time", [[1e30, 1e9], [float("nan"), 1e9], ["soon", "2001-09-09T01:46:40Z"]])
def test_what_is_no_time_is_a_bad_row(fitted: Of, time: list):
    found = fitted("popularity").updated(Asked(events={**EVENTS, "when": time}))
    assert found.counts["rows"] == 2 and found.counts["bad"] == 1


def test_texts_are_written_as_the_recipe_says():
    from recbox.updating.framing import of_frame

    frame = pl.DataFrame({"user": ["a"], "item": ["b"], "time": ["5000"]})
    assert of_frame(frame, "events", "milliseconds").interaction["time"].to_list() == [5]
    assert of_frame(frame, "events").interaction["time"].to_list() == [5000]


def test_texts_of_times_are_those_of_a_file(fitted: Of, tmp_path: Path):
    model = fitted("popularity")
    frame = pl.DataFrame({**EVENTS, "when": ["2035-01-01", "2035-01-02 03:04:05+02:00"]})
    frame.write_csv(tmp_path / "since.csv")
    one, other = model.update(frame).dataset, model.update(tmp_path / "since.csv").dataset
    assert one.fingerprint == other.fingerprint
    assert np.array_equal(one.interaction.time, other.interaction.time)
    assert one.interaction.time.max() == 2051312645
