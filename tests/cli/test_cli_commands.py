"""The commands on a real artifact, from the run to the list of titles."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recbox.cli.front import call

Recbox = Callable[..., Any]


@pytest.fixture(scope="module")
def artifact(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("artifact") / "out"
    assert call(["run", str(small), "--out", str(out), "--threads", "1", "--set", "train.epochs=3"]) == 0
    return out


def test_run_ends_with_a_table_a_sentence_and_the_next_command(
    recbox: Recbox, small: Path, tmp_path: Path
) -> None:
    done = recbox("run", small, "--out", tmp_path / "out", "--threads", "1", "--set", "train.epochs=2")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert any(line.startswith("small ") for line in lines)
    assert any(line.startswith("popularity ") for line in lines)
    following = lines[-1].removeprefix("next:").split()
    assert following[:2] == ["recbox", "recommend"]
    assert recbox(*following[1:]).code == 0


def test_run_as_json_is_the_metrics_document(recbox: Recbox, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = recbox("run", small, "--out", out, "--threads", "1", "--set", "train.epochs=1", "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert document.pop("artifact") == str(out)
    stored = json.loads((out / "metrics.json").read_text())
    assert document["test"] == stored["test"]
    assert document["baseline"].keys() == {"popularity"}


def test_check_says_what_would_run(recbox: Recbox, small: Path) -> None:
    done = recbox("check", small, "--set", "layer.0.repeat=5")
    assert done.code == 0
    assert "lightgcn × 5" in done.out
    document = json.loads(recbox("check", small, "--json").out)
    assert document["recipe"]["name"] == "small"


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("{use: synthetic}", "made by the run"),
        ("{use: table, interaction: [{path: no.csv, columns: {time: time}}]}", "not found: no.csv"),
        ("{use: lightgcn, folder: gowalla}", "not here yet; the run fetches it"),
        ("{use: lightgcn, folder: mine}", "not found: mine/train.txt, mine/test.txt"),
        ("{use: movielens-100k}", "not here yet; the run fetches it"),
        ("{use: yelp2018}", "not here yet; the run fetches it"),
    ],
)
def test_check_says_where_the_data_is(
    recbox: Recbox, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, hint: str
) -> None:
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path))
    monkeypatch.delenv("RECBOX_DATA", raising=False)
    assert f": found in {small.parent}" in recbox("check", small).out
    done = recbox("check", small, "--set", f"data.source={source}", "--set", "data.split.by=user-random")
    assert done.code == 0, done.err
    assert hint in done.out


def test_a_known_set_with_parts_of_its_own_is_stood_in_for(
    recbox: Recbox, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recbox.source.lightgcn import KNOWN

    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path))
    monkeypatch.delenv("RECBOX_DATA", raising=False)
    monkeypatch.setitem(KNOWN, "gowalla", {"users": 60, "items": 50, "interactions": 900})
    ask = ("run", small, "--out", tmp_path / "out", "--threads", "1", "--json", "--set", "train.epochs=1")
    ask += ("--set", "data.source={use: lightgcn, folder: gowalla}", "--set", "data.split.by=given")
    missing = recbox(*ask)
    assert missing.code == 2 and "fallback: synthetic" in missing.err
    done = recbox(*ask, "--set", "data.fallback=synthetic")
    assert done.code == 0, done.err
    assert "SYNTHETIC DATA" in done.err
    assert json.loads(done.out)["data"]["synthetic"] is True


def test_a_delimiter_that_can_be_none_is_a_mistake_with_its_place(
    recbox: Recbox, small: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(small.read_text().replace("path: small.csv", r'path: small.csv, delimiter: "\n"'))
    done = recbox("check", bad)
    assert done.code == 2
    assert "bad.yaml:6:" in done.err and "a line feed can't separate columns" in done.err
    assert "Traceback" not in done.err


def test_check_tells_all_mistakes_with_their_places(recbox: Recbox, small: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(small.read_text().replace("lightgcn", "lightgnc").replace("dim: 8", "dim: eight"))
    done = recbox("check", bad)
    assert done.code == 2
    assert "bad.yaml:4:6" in done.err
    assert "'lightgcn'" in done.err


def test_eval_measures_the_same_again(recbox: Recbox, artifact: Path) -> None:
    done = recbox("eval", artifact, "--json")
    assert done.code == 0, done.err
    stored = json.loads((artifact / "metrics.json").read_text())["test"]
    assert json.loads(done.out)["test"] == stored
    assert recbox("eval", artifact).out.split()[0] == next(iter(stored))


def test_recommend_in_every_format(recbox: Recbox, artifact: Path, tmp_path: Path) -> None:
    ask = ("recommend", artifact, "--user", "u1", "--user", "u7", "-k", 4)
    rows = json.loads(recbox(*ask, "--format", "json").out)
    assert [r["rank"] for r in rows] == [1, 2, 3, 4] * 2
    assert [r["user"] for r in rows] == ["u1"] * 4 + ["u7"] * 4
    from_csv = list(csv.DictReader(io.StringIO(recbox(*ask, "--format", "csv").out)))
    assert [r["item"] for r in from_csv] == [r["item"] for r in rows]
    table = recbox(*ask).out
    assert all(r["item"] in table for r in rows)
    file = tmp_path / "list.parquet"
    assert recbox(*ask, "--format", "parquet", "--out", file).code == 0
    import polars as pl

    assert pl.read_parquet(file)["item"].to_list() == [r["item"] for r in rows]


def test_neutral_csv_has_no_formulas(recbox: Recbox, small: Path, tmp_path: Path) -> None:
    recipe, out, file = tmp_path / "small.yaml", tmp_path / "out", tmp_path / "list.csv"
    recipe.write_text(small.read_text())
    rows = small.with_name("small.csv").read_text().replace(",i", ",=i").replace("=item", "item")
    recipe.with_name("small.csv").write_text(rows)
    assert recbox("run", recipe, "--out", out, "--threads", "1", "--set", "train.epochs=1").code == 0
    ask = ("recommend", out, "--user", "u1", "--format")
    plain = list(csv.DictReader(io.StringIO(recbox(*ask, "csv").out)))
    neutral = list(csv.DictReader(io.StringIO(recbox(*ask, "csv", "--neutral").out)))
    assert all(row["item"].startswith("=i") for row in plain)
    assert [row["item"] for row in neutral] == ["'" + row["item"] for row in plain]
    assert recbox(*ask, "csv", "--neutral", "--out", file).code == 0
    assert [row["item"] for row in csv.DictReader(file.open())] == [row["item"] for row in neutral]
    done = recbox(*ask, "json", "--neutral")
    assert done.code == 2 and "--format csv" in done.err


def test_recommend_to_everybody(recbox: Recbox, artifact: Path) -> None:
    done = recbox("recommend", artifact, "--all", "-k", 2, "--format", "csv")
    assert len(done.out.splitlines()) == 1 + 2 * 80


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["--user", "u80"], "there is no user 'u80'"),
        (["--user", "u1", "-k", "5000"], "a k of at most"),
        (["--user", "u1", "--format", "parquet"], "--out FILE"),
        (["--user", "u1", "--out", "/no/such/folder/x"], "/no/such/folder"),
    ],
)
def test_mistakes_about_an_artifact(recbox: Recbox, artifact: Path, args: list[str], hint: str) -> None:
    done = recbox("recommend", artifact, *args)
    assert done.code == 2
    assert hint in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("command", [["eval"], ["recommend", "--user", "1"]])
@pytest.mark.parametrize("what", ["missing", "file", "empty folder"])
def test_what_is_no_artifact(recbox: Recbox, tmp_path: Path, command: list[str], what: str) -> None:
    place = tmp_path / "place"
    if what == "file":
        place.write_bytes(b"\x00")
    elif what == "empty folder":
        place.mkdir()
    done = recbox(command[0], place, *command[1:])
    assert done.code == 2
    assert str(place) in done.err


def test_data_sets_are_listed_shown_and_found(recbox: Recbox, data_dir: Path) -> None:
    listed = json.loads(recbox("data", "list", "--data-dir", data_dir, "--json").out)
    row = next(r for r in listed if r["name"] == "movielens-100k")
    assert row["found"] is not None
    assert (row["users"], row["items"], row["interactions"]) == (943, 1682, 100_000)
    shown = json.loads(recbox("data", "show", "movielens-100k", "--data-dir", data_dir, "--json").out)
    assert "genre" in shown["column"]["item"]
    fetched = recbox("data", "fetch", "movielens-100k", "--data-dir", data_dir, "--offline")
    assert "100,000 interactions" in fetched.out
    assert recbox("data", "show", "movielens-100").code == 2


def test_a_fetch_refuses_other_files_of_the_name_that_lie_there(
    recbox: Recbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RECBOX_DATA", raising=False)
    (tmp_path / "yelp2018").mkdir()
    for name in ("train.txt", "test.txt"):
        (tmp_path / "yelp2018" / name).write_text("0 1 2\n")
    done = recbox("data", "fetch", "yelp2018", "--data-dir", tmp_path, "--offline")
    assert done.code == 2 and "this is not the train.txt of Yelp2018" in done.err
    assert f"{tmp_path}/yelp2018/train.txt" in done.err and "md5:1b8b5d22a227e01d" in done.err
    missing = recbox("data", "fetch", "amazon-book", "--data-dir", tmp_path, "--offline")
    assert missing.code == 2 and f"{tmp_path}/amazon-book/train.txt" in missing.err


def test_doctor_finds_the_kernels(recbox: Recbox) -> None:
    done = recbox("doctor", "--json")
    assert done.code == 0
    found = json.loads(done.out)
    assert all(set(f) == {"level", "what", "detail", "remedy"} for f in found)
    assert "Traceback" not in recbox("doctor").out


def test_lists_are_narrowed_down_and_items_are_like_others(
    recbox: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = "data.source={use: synthetic, users: 40, items: 20, interactions: 400}"
    Path("r.yaml").write_text("recbox: 1\nmodel: {use: ease}\ndata: {source: {use: synthetic}}\n")
    assert recbox("run", "r.yaml", "--set", data, "--set", "evaluate.baseline=[]", "--out", "a").code == 0
    Path("some.csv").write_text("item\n1\n2\n3\n")
    listed = ("--user", 1, "-k", 20, "--format", "json", "--seen")
    only = json.loads(recbox("recommend", "a", *listed, "--only", "4", "--only", "@some.csv").out)
    assert {row["item"] for row in only} == {1, 2, 3, 4}
    rest = json.loads(recbox("recommend", "a", *listed, "--exclude", "@some.csv").out)
    assert len(rest) == 17 and not {row["item"] for row in rest} & {1, 2, 3}
    alike = json.loads(recbox("similar", "a", "--item", 1, "--item", 2, "-k", 3, "--format", "json").out)
    assert [row["item"] for row in alike] == [1, 1, 1, 2, 2, 2] and all(
        row["item"] != row["similar"] for row in alike
    )
    wrong = recbox("recommend", "a", *listed, "--where", "price < 3")
    assert wrong.code == 2 and "       ^\n" in wrong.err and "items have no column 'price'" in wrong.err
    early = json.loads(recbox("recommend", "a", *listed, "--where", "year < 1990").out)
    late = json.loads(recbox("recommend", "a", *listed, "--where", "not year < 1990").out)
    assert len(early) + len(late) == 20 and early and late
    assert recbox("similar", "a").code == 2
    assert recbox("recommend", "a", *listed, "--only", "@none.csv").code == 2
