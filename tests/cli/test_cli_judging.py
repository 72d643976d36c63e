"""`recbox eval --scores`, `recbox recommend --part` and `recbox data export`, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

Call = Callable[..., SimpleNamespace]


@pytest.fixture
def run(recbox: Call, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An artifact in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    assert recbox("run", small, "--threads", 1, "--set", "train.epochs=2", "--out", "run").code == 0
    return tmp_path / "run"


def test_the_whole_way(recbox: Call, run: Path) -> None:
    made = recbox(
        "recommend", run, "--all", "-k", 10, "--part", "test", "--format", "parquet", "--out", "l.parquet"
    )
    assert made.code == 0
    own = json.loads((run / "metrics.json").read_text())
    done = recbox("eval", run, "--scores", "l.parquet", "--json")
    document = json.loads(done.out)
    assert done.code == 0
    assert document["ranking"]["l"]["test"] == pytest.approx(own["test"], abs=1e-9)
    assert document["method"]["small"]["test"] == own["test"]
    assert document["baseline"]["popularity"]["test"] == own["baseline"]["popularity"]["test"]
    assert document["pair"][0]["difference"] == 0
    assert document["ledger"]["times"] == 2
    shown = recbox("eval", run, "--scores", "l.parquet")
    assert "l and small are level in NDCG@10." in shown.out
    assert "test evaluated 3 times for this split, by 2 recipes." in shown.out


def test_two_files_of_other_columns(recbox: Call, run: Path) -> None:
    frame = pl.DataFrame({"u": ["u1", "u2", "nobody"], "i": ["i1", "\x1b[31m", "i2"], "s": [1, 2, 3]})
    frame.write_csv("a.csv")
    frame.write_csv("b.csv")
    columns = "--columns", "user=u,item=i,score=s"
    done = recbox("eval", run, "--scores", "a.csv", "--scores", "b.csv", *columns)
    assert done.code == 0
    assert "1 row of 1 unknown user ('nobody'): left out" in " ".join(done.out.split())
    assert "\x1b" not in done.out
    assert done.out.count("have no row: each counts 0") == 2


def test_a_recipe_in_place_of_an_artifact(recbox: Call, run: Path, small: Path) -> None:
    pl.DataFrame({"user": ["u1"], "item": ["i1"], "score": [1]}).write_csv("a.csv")
    done = recbox("eval", small, "--scores", "a.csv", "--threads", 1)
    assert done.code == 0 and "popularity" in done.out
    alone = recbox("eval", small, "--scores", "a.csv", "--threads", 1, "--no-baseline", "--part", "valid")
    assert alone.code == 0 and "popularity" not in alone.out and "valid of small" in alone.out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["{run}", "--part", "valid"], "--part says how rankings are judged"),
        (["{run}", "--no-baseline"], "--no-baseline says how"),
        (["{small}"], "is a recipe, and there is nothing to measure yet"),
        (["nowhere/run"], "there is no such folder"),
        (["{run}", "--scores", "nowhere.csv"], "no such file"),
        (["{run}", "--scores", "bad.csv"], "bad.csv:3: score 'x' is not a finite number"),
        (["{run}", "--scores", "numbers.csv"], "which are text"),
        (["{run}", "--scores", "good.csv", "--columns", "user"], "not of the form ROLE=NAME"),
        (["{run}", "--scores", "good.csv", "--set", "seed=1"], "its data and split are settled"),
        (["{run}", "--scores", "good.csv", "--format", "parquet"], "can't be read as Parquet"),
    ],
)
def test_mistakes_end_with_2(recbox: Call, run: Path, small: Path, args: list[str], said: str) -> None:
    Path("good.csv").write_text("user,item,score\nu1,i1,1\n")
    Path("bad.csv").write_text("user,item,score\nu1,i1,1\nu1,i2,x\n")
    Path("numbers.csv").write_text("user,item,score\n1,1,1\n")
    done = recbox("eval", *[a.format(run=run, small=small) for a in args])
    assert done.code == 2
    assert said in done.err


def test_an_exported_split_is_judged_by(recbox: Call, run: Path, small: Path) -> None:
    done = recbox("data", "export", run, "--out", "split", "--json")
    document = json.loads(done.out)
    assert {p: len(pl.read_csv(f"split/{p}.csv")) for p in ("train", "valid", "test")} == {
        p: row["interactions"] for p, row in document["part"].items()
    }
    test = pl.read_csv("split/test.csv").with_columns(score=1.0)
    test.write_csv("oracle.csv")
    judged = json.loads(recbox("eval", run, "--scores", "oracle.csv", "--json").out)
    assert judged["ranking"]["oracle"]["test"]["ndcg@10"] == pytest.approx(1)
    plain = recbox("data", "export", small, "--out", "atomic", "--format", "recbole")
    assert "atomic.train.inter" in plain.out
    assert recbox("data", "export", run, "--out", "split").code == 2
