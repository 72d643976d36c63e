"""Sources on small cases worked by hand: what is read, what it is called, and what is said of what isn't."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from recbox.context import Context
from recbox.data import Tables
from recbox.errors import DataError
from recbox.progress import Progress, Task
from recbox.source.lightgcn import LightGCNText
from recbox.source.movielens import MovieLens1M
from recbox.source.recbole import RecBoleAtomic
from recbox.source.synthetic import Synthetic
from recbox.source.table import Table


class Heard(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def open(self, title: str, total: float | None, unit: str) -> Task:
        raise AssertionError(title)

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        self.told.append((level, message))


@pytest.fixture
def context(tmp_path, monkeypatch) -> Context:
    monkeypatch.delenv("RECBOX_DATA", raising=False)
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "cache"))
    return Context(folder=tmp_path, data_dir=(tmp_path,), offline=True, progress=Heard())


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-02", 86_400),
        ("1970-01-01T01:02:03", 3600 + 2 * 60 + 3),
        ("1970-01-01T05:30:00+05:30", 0),
        ("1970-01-01T00:00:00-05:30", 5 * 3600 + 30 * 60),
        ("1970-01-01 00:01:00.9 +0001", 0),
        ("1969-12-31T23:59:60Z", 0),
        ("1970-01-01 00:01:00 UTC", 60),
        ("1970-01-01 02", 7200),
        ("1970-01-01 05:00:00.123456+05", 0),
    ],
)
def test_iso_times_by_hand(read, written, seconds):
    tables = read(f"user,item,time\n1,1,{written}\n", columns={"time": "time"}, time="iso")
    assert tables.interaction["time"].to_list() == [seconds], tables.bad


@pytest.mark.parametrize(
    ("written", "time", "seconds"),
    [
        ("2.1.1970", "day-first", 86_400),
        ("02/01/1970 01:02:03", "day-first", 86_400 + 3723),
        ("1-2-1970, 1:02 pm", "month-first", 86_400 + 13 * 3600 + 120),
        ("1/1/1970 12:30 AM", "month-first", 1800),
        ("1/1/1970 12:30 P.M.", "month-first", 12 * 3600 + 1800),
        ("13/1/1970", "month-first", None),
        ("30.2.1970", "day-first", None),
        ("1/1/1970 13:00 PM", "month-first", None),
        ("1970-01-01", "day-first", None),
    ],
)
def test_dates_as_people_write_them_by_hand(read, written, time, seconds):
    tables = read(f'user,item,time\n1,1,"{written}"\n', columns={"time": "time"}, time=time)
    assert tables.interaction["time"].to_list() == [one for one in [seconds] if one is not None]
    assert tables.bad_count == (seconds is None)


def test_quoted_rows_of_another_length_are_counted_in_words(read, lines):
    tables = read('user,item,x\n"1",2,3\n"4"\n"5",6\n')
    assert lines(tables) == {3: "1 field where 3 were expected", 4: "2 fields where 3 were expected"}


def test_a_file_of_a_quoted_header_alone_is_asked_for_its_columns(read, tmp_path):
    assert read('"user","item"\n').rows == 0
    with pytest.raises(DataError, match="no column 'item'") as seen:
        read('"user","sku"\n')
    assert seen.value.where == f"{tmp_path / 'a.csv'}:1"


def test_a_file_of_broken_rows_alone_has_no_columns(read):
    with pytest.raises(DataError, match="there is no column 1; the rows have 0"):
        read('"1,2\n', header=False)


def test_an_object_in_the_place_of_a_value_is_named(read, lines):
    tables = read('{"user": 1, "item": {}}\n{"user": 1, "item": 2}\n', "a.jsonl")
    assert lines(tables) == {1: "'item' is an object where a value was expected"}


def test_a_byte_that_is_no_text_is_counted_from_one(read, lines):
    assert lines(read(b'\xff"user": 1}\n{"user": 1, "item": 1}\n', "a.jsonl")) == {
        1: "byte 0xFF at byte 1 of the line is not UTF-8"
    }


def feature_files(*columns: dict[str, object]) -> dict[str, object]:
    files = [{"path": f"{n}.csv", "columns": c} for n, c in enumerate(columns)]
    return {"interaction": [{"path": "a.csv"}], "item": files}


def test_files_of_the_same_features_follow_each_other_and_others_are_joined(read, tmp_path):
    """Rows are counted over the files of interactions alone; white space of any length is one blank."""
    files = {"0.csv": "id,g\n1,a\n2,b\u3000c  d\n", "1.csv": "id,g\n3,f\n2,e\n", "2.csv": "id,x\n1,0.5\n"}
    for name, text in files.items() | {("a.csv", "user,item\n1,1\n1,2\n"), ("b.csv", "user,item\n1,3\n")}:
        (tmp_path / name).write_text(text)
    genre = {"g": {"type": "multi", "separator": " "}}
    options = feature_files(genre, genre, {"x": {"type": "numeric"}})
    options["interaction"] = [{"path": "a.csv"}, {"path": "b.csv"}]
    tables = Table.parse(options).read(Context(folder=tmp_path))
    assert tables.rows == tables.interaction.height == 3
    assert tables.item.sort("id").rows() == [(1, ["a"], 0.5), (2, ["b", "c", "d"], None), (3, ["f"], None)]
    assert [(bad.file, bad.line) for bad in tables.bad] == [(str(tmp_path / "1.csv"), 3)]


def test_lists_of_json_are_values_of_a_multi_column_whatever_they_hold(tmp_path):
    (tmp_path / "a.csv").write_text("user,item\n1,1\n1,2\n1,3\n")
    rows = '{"id": 1, "g": ["a", "b|c", null]}\n{"id": 2, "g": "d"}\n{"id": 3}\n'
    (tmp_path / "items.jsonl").write_text(rows)
    item = [{"path": "items.jsonl", "columns": {"g": {"type": "multi"}}}]
    tables = Table.parse({"interaction": [{"path": "a.csv"}], "item": item}).read(Context(folder=tmp_path))
    assert tables.item.rows() == [(1, ["a", "b|c"]), (2, ["d"]), (3, None)]


def test_a_last_line_that_ends_in_a_return_alone(read):
    assert read(b"user,item\r\n1,2\r").interaction.select("user", "item").rows() == [(1, 2)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"g": {}, "h": {}}, {"g": {}}),
        ({"g": {}}, {"g": {}, "h": {}}),
        ({"g": {"type": "text"}}, {"g": {"type": "numeric"}}),
        ({"g": {"type": "text", "role": "title"}}, {"g": {"type": "text"}}),
    ],
)
def test_files_that_share_some_features_are_refused(one, other):
    with pytest.raises(ValueError, match="two item files give the feature 'g' differently"):
        Table.parse(feature_files(one, other))
    assert Table.parse(feature_files(one, one))


def test_a_relation_is_between_users_or_between_items():
    links = [{"name": "trust", "between": side, "path": f"{side}.csv"} for side in ("user", "item")]
    with pytest.raises(ValueError, match="'trust' can't link users and items at once"):
        Table.parse({"interaction": [{"path": "a.csv"}], "relation": links})


@pytest.mark.parametrize(("name", "content"), [("a.parquet", "PAR1"), ("a.csv", "user\n1\n")])
def test_a_file_that_is_refused_is_named(read, tmp_path, name, content):
    with pytest.raises(DataError) as seen:
        read(content, name)
    assert seen.value.where.split(":")[0] == str(tmp_path / name)


def test_a_file_that_the_system_will_not_read_is_named(tmp_path):
    (tmp_path / "a.csv").symlink_to("/proc/self/mem")  # nobody may read its beginning
    with pytest.raises(DataError, match="can't read: Input/output error") as seen:
        Table.parse({"interaction": [{"path": "a.csv"}]}).read(Context(folder=tmp_path))
    assert seen.value.where == str(tmp_path / "a.csv")


def test_what_to_do_about_a_file_that_is_refused(read, tmp_path):
    with pytest.raises(DataError, match="UTF-16") as seen:
        read("user,item\n".encode("utf-16"))
    assert (seen.value.where, seen.value.instead) == (str(tmp_path / "a.csv"), "save it as UTF-8")


def test_recbole_says_which_column_and_which_file(context, tmp_path):
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "toy.inter").write_text("user_id:token\titem_id:token\na\tx\n")
    (folder / "toy.item").write_text("item_id:token\tits genre:token\nx\told\nx\tnew\n")
    tables = RecBoleAtomic(folder="toy").read(context)
    assert (tables.name, tables.origin) == ("toy", str(folder))
    assert tables.item.rows() == [("x", "old")]
    assert [(bad.file, bad.line, bad.reason) for bad in tables.bad] == [
        (str(folder / "toy.item"), 3, "the id was there already")
    ]
    (folder / "toy.inter").write_text("user_id:token\titme_id:token\na\tx\n")
    with pytest.raises(DataError, match="there is no column 'item_id' in the header") as seen:
        RecBoleAtomic(folder="toy").read(context)
    assert seen.value.where == f"{folder / 'toy.inter'}:1"
    assert seen.value.instead == "did you mean 'itme_id'?"


def test_where_lightgcn_text_comes_from(context, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("train.txt", "test.txt"):
        (folder / name).write_text("0 1\n")
    tables = LightGCNText(folder="mine").read(context)
    assert (tables.name, tables.origin) == ("mine", str(folder))


def test_without_a_network_nothing_is_said_of_fetching(context):
    with pytest.raises(DataError):
        MovieLens1M().read(context)
    assert context.progress.told == []


def test_a_release_of_another_size_is_told_of(context, tmp_path):
    folder = tmp_path / "ml-1m"
    folder.mkdir()
    for name, text in (("ratings", "1::1::5::1"), ("movies", "1::A (1990)::War"), ("users", "1::F::9::0::0")):
        (folder / f"{name}.dat").write_text(f"{text}\n")
    MovieLens1M().read(context)
    said = f"{folder} has 1 ratings; MovieLens 1M as published has 1000209"
    assert context.progress.told == [("warning", said)]


def made(taste: float, interactions: int) -> Tables:
    """600 people, and 160 items of 16 kinds, equally popular."""
    options = {"taste": taste, "interactions": interactions}
    return Synthetic(users=600, items=160, clusters=16, skew=0, **options).read(Context())


def kinds(tables: Tables) -> np.ndarray:
    """`[600, 16]`: how many of a person's interactions are with items of each kind, the most common first."""
    kind = tables.item["title"].str.split(" ").list.get(1).cast(pl.Categorical).to_physical().to_numpy()
    table = np.zeros((600, 16))
    np.add.at(table, (tables.interaction["user"].to_numpy() - 1, kind[tables.interaction["item"] - 1]), 1)
    return -np.sort(-table, axis=1)


def test_with_taste_alone_two_kinds_have_all_but_a_tenth():
    """A tenth of the draws is among all items alike, so that every pair can come: seven of eight of those are
    of other kinds, and so are some of the pairs that every item has at least."""
    share = kinds(made(taste=1.0, interactions=6000))
    share /= share.sum(1, keepdims=True)
    rest = share[:, 2:].sum(1).mean()
    assert 0.13 < rest < 0.25
    assert np.median(share[:, 1] / share[:, 0]) > 0.4  # both of the two kinds are liked


def test_without_taste_all_kinds_are_alike():
    """Kinds differ in how many items they have, and in nothing else."""
    tables = made(taste=0.0, interactions=30_000)
    share = kinds(tables)
    assert (share[:, :2].sum(1) / share.sum(1)).mean() < 0.35  # two of sixteen, the largest of each person
    by_item = np.bincount(tables.interaction["item"].to_numpy() - 1, minlength=160)
    kind = tables.item["title"].str.split(" ").list.get(1).to_numpy()
    means = np.array([by_item[kind == k].mean() for k in np.unique(kind)])
    assert np.abs(means / by_item.mean() - 1).max() < 0.25


def test_ratings_are_three_and_more_for_what_is_liked():
    """Nobody likes more than an eighth of the items here: 3 on average, and 1.2 more for those."""
    weight = made(taste=0.0, interactions=30_000).interaction["weight"]
    assert weight.mean() == pytest.approx(3 + 1.2 / 8, abs=0.1)
    assert set(weight.unique()) == {1.0, 2.0, 3.0, 4.0, 5.0}


def test_what_synthetic_items_and_people_are():
    tables = Synthetic(users=3000, items=3000, interactions=3000).read(Context())
    assert (tables.item["year"].min(), tables.item["year"].max()) == (1950, 2014)
    assert (tables.user["age"].min(), tables.user["age"].max()) == (16, 79)
    assert tables.user["occupation"].n_unique() == 8
    assert tables.item["genre"].list.len().max() == 2
    assert 0.2 < (tables.item["genre"].list.len() == 2).mean() < 0.35
    assert tables.name == "synthetic"
    assert tables.origin == "made: 3000 users, 3000 items, 3000 interactions"
