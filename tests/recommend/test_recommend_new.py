"""New users and items at the door: what is read, what is refused, and what lists come out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from recbox.api.load import Fitted, load
from recbox.api.run import run
from recbox.artifact import write
from recbox.errors import ArtifactError, DataError, OptionError, RecboxError, UnsupportedError

NEW = {"id": [100, 101, 102], "genre": [["a"], ["a", "zzz"], None], "year": [1.5, None, 2.0]}


def fine(folder: Path, **blocks: Any) -> Fitted:
    """A graph that reads features, on 20 users and 12 items with ids as text."""
    draw = np.random.default_rng(1)
    user, item = np.nonzero(draw.random((20, 12)) < 0.4)
    pl.DataFrame(
        {"user": [f"u{u}" for u in user], "item": [f"i{i:02}" for i in item], "stars": 1 + (user + item) % 5}
    ).write_csv(folder / "x.csv")
    pl.DataFrame(
        {
            "item": [f"i{i:02}" for i in range(12)],
            "name": [f"Film {i}" for i in range(12)],
            "kind": [f"k{i % 3}" for i in range(12)],
            "year": [1990 + i for i in range(12)],
        }
    ).write_csv(folder / "items.csv")
    pl.DataFrame({"source": ["u0", "u1"], "target": ["u2", "u3"]}).write_csv(folder / "friends.csv")
    recipe = {
        "recbox": 1,
        "name": "fine",
        "dim": 4,
        "data": {
            "source": {
                "use": "table",
                "interaction": [{"path": "x.csv", "columns": {"weight": "stars"}}],
                "item": [
                    {
                        "path": "items.csv",
                        "id": "item",
                        "columns": {
                            "name": {"type": "text", "role": "title"},
                            "kind": {"type": "categorical"},
                            "year": {"type": "numeric"},
                        },
                    }
                ],
                **blocks.pop("source", {}),
            },
            "split": {"by": "user-random"},
        },
        "encoder": {"user": {"use": "id"}, "item": {"use": "feature"}},
        "layer": [{"use": "gcn", "repeat": 2}],
        "objective": [{"use": "softmax"}],
        "train": {"epochs": 2, "batch": 64},
        "evaluate": {"k": [5], "baseline": [], "metric": ["ndcg"], "select": "ndcg@5"},
    }
    done = run({**recipe, **blocks}, threads=1, out=folder / "out", data_dir=[folder])
    return load(done.folder)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    return fine(tmp_path_factory.mktemp("fine"))


AGES = {"path": "who.csv", "id": "user", "columns": {"age": {"type": "numeric"}}}
ROWS = {"id": ["n1", "n2"], "name": ["New", None], "kind": ["k1", "k9"], "year": [1991, None]}


def test_a_history_gives_what_the_matrix_says(fitted: Fitted):
    """EASE: the sum of the rows of the history's items; these are left out."""
    weight = fitted.artifact.tensors("scorer")["weight"]
    scores = weight[[1, 4]].sum(0)
    frame = fitted.recommend(history=[14, 11], k=9)
    assert frame["user"].to_list() == ["new"] * 7
    order = [i for i in np.argsort(-scores, kind="stable") if i not in (1, 4)]
    assert frame["item"].to_list() == [10 + i for i in order]
    assert frame["score"].to_list() == pytest.approx(scores[order].tolist(), abs=1e-6)


def test_ids_may_be_text_and_a_single_one_stands_alone(fitted: Fitted):
    assert fitted.recommend(history="14", k=3).equals(fitted.recommend(history=[14], k=3))
    assert fitted.recommend(history=[14, "14", 11], k=3).equals(fitted.recommend(history=[11, 14], k=3))


def test_several_users_by_name_as_a_mapping_a_frame_and_files(fitted: Fitted, tmp_path: Path):
    named = fitted.recommend(history={"ann": [11, 14], "bob": [12]}, k=2)
    assert named["user"].to_list() == ["ann", "ann", "bob", "bob"]
    frame = pl.DataFrame({"item": [11, 12, 14], "user": ["ann", "bob", "ann"]})
    assert fitted.recommend(history=frame, k=2).equals(named)
    assert fitted.recommend(history=frame.to_dict(as_series=False), k=2).equals(named)
    frame.write_csv(tmp_path / "a.csv")
    frame.write_csv(tmp_path / "a.tsv", separator="\t")
    frame.write_ndjson(tmp_path / "a.jsonl")
    frame.write_parquet(tmp_path / "a.parquet")
    for ending in ("csv", "tsv", "jsonl", "parquet"):
        assert fitted.recommend(history=tmp_path / f"a.{ending}", k=2).equals(named)


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([], "history is empty"),
        ({}, "history is empty"),
        ({"ann": []}, "history is empty"),
        ([11, 99], "no item '99'"),
        (["Film 1"], "no item 'Film 1'"),
        ([1.5], "no id of an item"),
        ([None], "no id of an item"),
        ([True], "no id of an item"),
        ({"3": [11]}, "a user '3' already"),
        (pl.DataFrame({"itme": [11]}), r"item \(itme\?\)"),
        (pl.DataFrame({"item": [11, None]}), "1 items are missing"),
        (pl.DataFrame({"item": [11], "weight": ["much"]}), "'much'"),
        (pl.DataFrame({"item": [11], "weight": [float("inf")]}), "not finite"),
        (pl.DataFrame({"item": [11], "weight": [None]}), "1 weights are missing"),
        (pl.DataFrame({"item": [11], "user": [None]}), "1 users are missing"),
        ("nothing.csv", "no such file"),
        ("Film 1", "no item 'Film 1'"),
        (Path("nothing.csv"), "no such file"),
        (Path("history.txt"), "can't tell what"),
    ],
    ids=str,
)
def test_histories_that_are_none(fitted: Fitted, history, said):
    with pytest.raises(RecboxError, match=said):
        fitted.recommend(history=history, k=2)


def test_near_ids_are_named(fitted: Fitted):
    with pytest.raises(OptionError, match="near ids: 16, 17, 18"):
        fitted.recommend(history=[19], k=2)


def test_no_part_judges_new_users(fitted: Fitted):
    with pytest.raises(OptionError, match="a part judges nobody's"):
        fitted.recommend(history=[11], k=2, part="test")


def test_features_are_those_of_new_users(fitted: Fitted):
    with pytest.raises(OptionError, match="no features of known users"):
        fitted.recommend(1, history=[11], k=2, features={"age": 3})
    with pytest.raises(OptionError, match="no features of known users"):
        fitted.recommend(1, k=2, features={"age": 3})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"where": 3}, "where is 3"),
        ({"diversity": "a"}, "diversity is 'a'"),
        ({"diversity": True}, "diversity is True"),
        ({"seen": "no"}, "seen is 'no'"),
        ({"users": pl.DataFrame({"user": [1]})}, "a table is no list of ids"),
    ],
)
def test_values_of_a_wrong_kind(fitted: Fitted, asked: dict, said: str):
    with pytest.raises(OptionError, match=said):
        fitted.recommend(k=2, **asked)


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl"])
def test_a_damaged_file_is_no_crash(fitted: Fitted, tmp_path: Path, name):
    (tmp_path / name).write_bytes(b"PAR1\x00{nonsense")
    with pytest.raises(DataError, match="can't be read"):
        fitted.recommend(history=tmp_path / name, k=2)


def test_a_method_without_features_says_so(fitted: Fitted):
    with pytest.raises(UnsupportedError, match="scores no new items"):
        fitted.with_items(NEW)


def test_new_items_stand_among_the_others(graph: Fitted):
    wider = graph.with_items(ROWS)
    known = graph.recommend("u3", k=12)
    both = wider.recommend("u3", k=14)
    assert set(both["item"]) == set(known["item"]) | {"n1", "n2"}
    assert both.filter(~pl.col("item").is_in(["n1", "n2"]))["score"].equals(known["score"])
    assert both.filter(pl.col("item") == "n1")["title"].to_list() == ["New"]
    assert wider.scorer.shape == (20, 14)
    assert graph.scorer.shape == (20, 12)


def test_new_users_see_new_items(graph: Fitted):
    frame = graph.with_items(ROWS).recommend(history=["i03", "i04"], k=14)
    assert len(frame) == 12
    assert set(frame["item"]) >= {"n1", "n2"}
    with pytest.raises(OptionError, match="doesn't send"):
        graph.with_items(ROWS).recommend(history=["i03", "n1"], k=2)


def test_what_files_say_of_items_is_what_frames_say(graph: Fitted, tmp_path: Path):
    pl.DataFrame({k: [("" if x is None else str(x)) for x in v] for k, v in ROWS.items()}).write_csv(
        tmp_path / "a.csv"
    )
    pl.DataFrame(ROWS).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame(ROWS).write_ndjson(tmp_path / "a.jsonl")
    expected = graph.with_items(ROWS).recommend("u3", k=14)
    for name in ("a.csv", "a.parquet", "a.jsonl"):
        assert graph.with_items(tmp_path / name).recommend("u3", k=14).equals(expected)


def test_the_title_may_be_left_out(graph: Fitted):
    frame = graph.with_items({k: v for k, v in ROWS.items() if k != "name"}).recommend("u3", k=14)
    assert frame.filter(pl.col("item") == "n1")["title"].to_list() == [None]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": ["n1", "n1"]}, "stand there twice: 'n1'"),
        ({"id": ["n1", "i03"]}, "known already: 'i03'"),
        ({"id": ["n1", None]}, "1 ids are missing, the first in row 2"),
        ({"id": [1.5, 2.5]}, "ids are of type Float64"),
        ({"year": ["soon", "1991"]}, "row 1: 'year' is no number: 'soon'"),
        ({"year": [1.0, float("inf")]}, "row 2: 'year' is not finite"),
        ({"year": [[1], [2]]}, "'year' is of type List"),
        ({"kind": [1.5, 2.5]}, "'kind' is of type Float64"),
        ({"year": None}, "columns are missing: year"),
        ({"kind": None, "knid": ["a", "b"]}, r"columns are missing: kind \(knid\?\)"),
        ({"id": [], "name": [], "kind": [], "year": []}, "no new item"),
    ],
    ids=str,
)
def test_items_that_are_none(graph: Fitted, change, said):
    rows = {k: v for k, v in {**ROWS, **change}.items() if v is not None}
    with pytest.raises(RecboxError, match=said):
        graph.with_items(pl.DataFrame(rows))


def test_whole_numbers_are_asked_for_where_ids_are_such(tmp_path: Path, make):
    fitted = load(write(make(), tmp_path / "tiny"))
    with pytest.raises(DataError, match=r"row 2: 'id' is no whole number"):
        fitted.with_items({"id": ["100", "x"], "genre": [["a"], None], "year": [1.0, 2.0]})


def test_categories_of_a_list_stand_between_bars(tmp_path: Path, make):
    from recbox.recommend import new_items

    (tmp_path / "n.csv").write_text("id,genre,year\n100,a| b ||c,1\n101,,2\n")
    found = new_items(tmp_path / "n.csv", make().dataset.item)
    assert found["genre"].to_list() == [["a", "b", "c"], None]
    assert found["id"].to_list() == [100, 101]


def test_features_of_new_users(tmp_path: Path):
    (tmp_path / "who.csv").write_text("user,age\n" + "".join(f"u{u},{20 + u}\n" for u in range(20)))
    source = {"user": [AGES]}
    fitted = fine(
        tmp_path,
        source=source,
        encoder={"user": {"use": "feature"}, "item": {"use": "id"}},
        layer=[{"use": "gcn"}],
    )
    old, young = (fitted.recommend(history=["i03"], k=12, features={"age": a}) for a in (70, 20))
    assert not old["score"].equals(young["score"])
    rows = pl.DataFrame({"age": [70.0, 20.0]})
    both = fitted.recommend(history={"a": ["i03"], "b": ["i03"]}, k=12, features=rows)
    assert both["score"].to_list() == pytest.approx([*old["score"], *young["score"]], abs=1e-6)
    by_age = fitted.recommend(features={"age": 70}, k=12)
    assert by_age["user"].unique().to_list() == ["new"] and by_age.height == 12
    assert by_age["score"].to_list() != fitted.recommend(features={"age": 20}, k=12)["score"].to_list()
    two = fitted.recommend(features=rows, k=12)
    assert two["user"].unique(maintain_order=True).to_list() == ["new-1", "new-2"]
    assert two.filter(user="new-1")["item"].to_list() == by_age["item"].to_list()
    with pytest.raises(OptionError, match="no user column 'agee'"):
        fitted.recommend(history=["i03"], k=2, features={"agee": 3})
    with pytest.raises(OptionError, match="2 rows of features for 1"):
        fitted.recommend(history=["i03"], k=2, features=rows)


def test_an_artifact_keeps_the_structure_of_relations(tmp_path: Path):
    """The twin of a known user by features, though friends change the degrees of others."""
    (tmp_path / "who.csv").write_text("user,age\n" + "".join(f"u{u},{20 + u}\n" for u in range(20)))
    relation = [{"path": "friends.csv", "name": "friend", "between": "user"}]
    fitted = fine(
        tmp_path,
        source={
            "user": [AGES],
            "relation": relation,
        },
        graph={"edge": ["interaction", "user-relation"]},
        encoder={"user": {"use": "feature"}, "item": {"use": "id"}},
    )
    train = fitted.dataset.interaction.take(fitted.artifact.split.train)
    items = fitted.dataset.item.ids.gather(train.item[train.user == 5]).to_list()
    age = fitted.dataset.user.table["age"][5]
    inner = np.array([5])
    again = fitted.recommend(history=items, k=12, features={"age": age}).sort("item")
    known = fitted.scorer.block(inner).numpy()[0][[int(i[1:]) for i in again["item"]]]
    assert fitted.dataset.user.ids[5] not in ("u0", "u1", "u2", "u3")
    assert again["score"].to_numpy() == pytest.approx(known, abs=1e-5)


def test_an_artifact_keeps_what_edges_carry(tmp_path: Path):
    """Over interactions and friendships, read by gat: the twin of a known user has its scores, and a friend
    weighs in what a user without new ones receives."""
    (tmp_path / "who.csv").write_text("user,age\n" + "".join(f"u{u},{20 + u}\n" for u in range(20)))
    relation = [{"path": "friends.csv", "name": "friend", "between": "user"}]
    link = {"type": "user-relation", "by": "friend", "feature": ["weight"]}
    fitted = fine(
        tmp_path,
        source={"user": [AGES], "relation": relation},
        graph={"edge": [{"type": "interaction", "feature": ["weight"]}, link]},
        encoder={"user": {"use": "feature"}, "item": {"use": "id"}},
        layer=[{"use": "gat", "heads": 2, "edge_features": True, "repeat": 2}],
        combine="attention",
        train={"epochs": 20, "batch": 64, "optimizer": {"lr": 0.05}},
    )
    stored = fitted.artifact.tensors("graph")
    assert [name for name in stored if name.endswith("edge.feature")] == ["1.user-relation.edge.feature"]
    seen = fitted.attention("user")
    assert set(seen["source_type"]) == {"user", "item"} and seen["source"].dtype == pl.String
    sums = seen.group_by("hop", "user").agg(pl.col("weight").sum())["weight"]
    assert sums.to_numpy() == pytest.approx(np.ones(len(sums)), abs=1e-5)
    train = fitted.dataset.interaction.take(fitted.artifact.split.train)
    own = train.user == 5
    history = pl.DataFrame(
        {"item": fitted.dataset.item.ids.gather(train.item[own]), "weight": train.weight[own]}
    )
    age = {"age": fitted.dataset.user.table["age"][5]}
    again = fitted.recommend(history=history, k=12, features=age).sort("item")
    known = fitted.scorer.block(np.array([5])).numpy()[0][[int(i[1:]) for i in again["item"]]]
    assert again["score"].to_numpy() == pytest.approx(known, abs=1e-5)
    plain = fitted.recommend(history=history["item"], k=12, features=age).sort("item")
    assert (plain["score"] - again["score"]).abs().max() > 1e-3


def test_other_weights_are_found_out(graph: Fitted, monkeypatch):
    """What is built from the recipe has to come to the vectors that are stored."""
    fitted = load(graph.folder)
    tensors = fitted.artifact.tensors
    moved = {k: v + 0.5 for k, v in tensors("weights").items()}
    monkeypatch.setattr(fitted.artifact, "tensors", lambda n: moved if n == "weights" else tensors(n))
    with pytest.raises(ArtifactError, match="isn't the one that was trained"):
        fitted.recommend(history=["i03"], k=2)
