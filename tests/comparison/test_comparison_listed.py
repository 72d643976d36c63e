"""Rankings of other tools beside artifacts and recipes: the same figures, tests and words as anybody's."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from comparison_recipes import graph, model

import recbox
from recbox.comparison import Comparison
from recbox.errors import DataError, OptionError
from recbox.evaluate.significance import holm


def lists(folder: Path) -> pl.DataFrame:
    """An artifact's own, as another tool would hand them in."""
    return recbox.load(folder).recommend(k=10, part="test").select("user", "item", "score")


def noisy(folder: Path, seed: int) -> pl.DataFrame:
    """Random scores of all pairs."""
    data = recbox.load(folder).dataset
    user, item = np.indices((len(data.user), len(data.item))).reshape(2, -1)
    score = np.random.default_rng(seed).random(len(user))
    columns = {"user": data.user.ids.gather(user), "item": data.item.ids.gather(item)}
    return pl.DataFrame({**columns, "score": score})


@pytest.fixture(scope="module")
def runs(trained: Path) -> Path:
    return trained / "runs"


@pytest.fixture(scope="module")
def files(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    lists(runs / "ease").write_parquet(folder / "lenskit.parquet")
    for seed in range(3):
        noisy(runs / "ease", seed).write_csv(folder / f"noise-{seed}.csv")
    strange = pl.DataFrame({"user": ["nobody"], "item": [lists(runs / "ease")["item"][0]], "score": [1.0]})
    frame = lists(runs / "ease").with_columns(pl.col("user").cast(pl.String))
    pl.concat([frame, frame.head(3), strange.cast(frame.schema)]).write_csv(folder / "odd.csv")
    return folder


def pairs(found: Comparison) -> dict[tuple[str, str], Any]:
    return {(p.one.label, p.other.label): p for p in found.pairs}


def test_a_ranking_has_the_figures_of_the_method_that_it_is_of(runs: Path, files: Path) -> None:
    found = recbox.compare(runs / "popularity", runs / "ease", scores=files / "lenskit.parquet")
    assert [m.label for m in found.methods] == ["popularity", "ease", "lenskit"]
    ease, ranking = found.methods[1:]
    assert np.array_equal(ease.values["ndcg@10"], ranking.values["ndcg@10"])
    assert (ranking.size, ranking.draws, ranking.interval("ndcg@10")) == (1, False, None)
    tested = pairs(found)
    assert tested["ease", "lenskit"].p == 1
    assert tested["popularity", "ease"].p == tested["popularity", "lenskit"].p
    both = {(s.name, s.other): s for s in found.segments if s.one == "popularity"}
    for (name, other), segment in both.items():
        if other == "lenskit":
            same = both[name, "ease"]
            assert (segment.means, segment.interval, segment.users) == (same.means, same.interval, same.users)
    assert {"cold items", "warm items"} & {name for name, _ in both}


def test_holm_is_over_all_pairs_rankings_included(runs: Path, files: Path) -> None:
    seeds = [runs / f"graph-{n}" for n in range(3)]
    scores = [f"a={files / 'noise-0.csv'}", files / "lenskit.parquet"]
    found = recbox.compare(*seeds, runs / "popularity", scores=scores)
    assert len(found.pairs) == 6
    assert [p.holm for p in found.pairs] == pytest.approx(list(holm([p.p for p in found.pairs if p.p])))
    assert pairs(found)["graph", "a"].test == "users and seeds"
    assert pairs(found)["popularity", "a"].test == "users"


def test_what_is_real_of_one_list_is_called_so_and_no_more(runs: Path, files: Path) -> None:
    seeds = [runs / f"graph-{n}" for n in range(3)]
    silent = lists(runs / "ease").head(1)
    scores = {"noise": files / "noise-0.csv", "silent": silent}
    found = recbox.compare(runs / "ease", *seeds, scores=scores)
    tested = pairs(found)["ease", "noise"]
    assert tested.verdict == "real among users" and tested.beats(found.methods[0])
    said = {(p.one.label, p.other.label): s for p, s in zip(found.pairs, found.sentences, strict=True)}
    assert said["ease", "noise"].startswith("Real among users: ease is better than noise by")
    assert said["ease", "noise"].endswith(
        ": more than chance among users. noise is a single ranking: another seed's luck isn't in it."
    )
    assert said["graph", "silent"].startswith("Real among users: graph is better than silent by")
    assert "among users and the other's seeds. silent is a single" in said["graph", "silent"]
    table = found.text("latex")
    assert "One: a single ranking of another tool" in table and r"noise & one &" in table


def test_a_name_given_many_times_is_one_tool_with_seeds(runs: Path, files: Path) -> None:
    named = [f"noise={files / f'noise-{n}.csv'}" for n in range(3)]
    found = recbox.compare(runs / "ease", scores=named)
    (pair,) = found.pairs
    assert (pair.other.label, pair.other.size, pair.other.draws) == ("noise", 3, True)
    assert (pair.verdict, pair.test) == ("real", "users and seeds")
    assert pair.other.interval("ndcg@10") is not None
    two = recbox.compare(runs / "ease", scores={"noise": [files / "noise-0.csv", files / "noise-1.csv"]})
    assert two.pairs[0].verdict == "too few seeds"
    assert "noise has 2 rankings" in two.sentences[0] and "of 3 seeds under its name" in two.sentences[0]
    same = recbox.compare(runs / "ease", scores=[f"x={files / 'noise-0.csv'}"] * 3)
    assert same.methods[1].one_list


def test_names_that_are_taken(runs: Path, files: Path, tmp_path: Path) -> None:
    (tmp_path / "a=b.csv").write_bytes((files / "noise-0.csv").read_bytes())
    scores = [files / "noise-0.csv", f"ease={files / 'noise-1.csv'}", tmp_path / "a=b.csv"]
    found = recbox.compare(runs / "ease", scores=[*scores, files / "noise-0.csv"])
    assert [m.label for m in found.methods] == ["ease", "noise-0", "ease-2", "a=b", "noise-0-2"]


def test_rows_that_are_odd_are_told_in_every_format(runs: Path, files: Path) -> None:
    found = recbox.compare(runs / "popularity", scores=f"lk={files / 'odd.csv'}")
    counts = found.document()["method"][1]["list"][0]["oddities"]
    assert (counts["unknown_user"], counts["doubled"]) == (1, 3)
    rows = list(csv.DictReader(io.StringIO(found.text("csv"))))
    odd = {r["metric"]: int(r["value"]) for r in rows if r["row"] == "oddity"}
    assert {k: v for k, v in counts.items() if isinstance(v, int)} == odd
    for form in ("latex", "html"):
        text = found.text(form)
        assert "1 row of 1 unknown user" in text and "3 rows repeat a user and item" in text, form


def test_mistakes_are_told_before_anything_is_trained(files: Path, inside: Path) -> None:
    (inside / "foreign.csv").write_text("user,item,score\nsomebody,something,1\n")
    for scores, error, said in (
        ("nowhere.csv", DataError, "no such file"),
        ("=x.csv", OptionError, "neither FILE nor NAME=FILE"),
        ("foreign.csv", DataError, "knows no user of this ranking"),
    ):
        with pytest.raises(error, match=said):
            recbox.compare(graph(), scores=scores, threads=1)
    assert not list((inside / "runs").glob("*/"))
    with pytest.raises(OptionError, match="with --scores"):
        recbox.compare(model("ease"), threads=1)


def test_a_recipe_and_a_ranking_and_the_ledger(files: Path, inside: Path) -> None:
    found = recbox.compare(model("popularity"), scores=files / "lenskit.parquet", threads=1)
    lines = [json.loads(line) for line in (inside / "runs" / "ledger.jsonl").read_text().splitlines()]
    assert [line["by"] for line in lines] == ["compare --scores", "run"]
    assert lines[0]["recipe"] == found.methods[1].lists[0].hash
    assert found.ledger["times"] == 1
    again = recbox.compare(model("popularity"), scores=files / "lenskit.parquet", threads=1)
    assert again.document() == found.document() and again.ledger["times"] == 3


def test_columns_of_other_names(runs: Path, files: Path, tmp_path: Path) -> None:
    pl.read_csv(files / "noise-0.csv").rename({"user": "u", "score": "s"}).write_csv(tmp_path / "n.csv")
    plain = recbox.compare(runs / "ease", scores={"n": files / "noise-0.csv"})
    named = recbox.compare(
        runs / "ease", scores=tmp_path / "n.csv", columns={"user": "u", "item": "item", "score": "s"}
    )
    assert named.pairs[0].difference == plain.pairs[0].difference
    frame = recbox.compare(runs / "ease", scores={"n": pl.read_csv(files / "noise-0.csv")})
    assert frame.pairs[0].difference == plain.pairs[0].difference
