"""Cold items through every command: run, check, verify, eval, compare, tune, recommend."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

Recbox = Callable[..., Any]

COLD = """
recbox: 1
name: cold
dim: 8
data:
  source:
    use: table
    interaction: [{path: x.csv}]
    item:
      - path: items.csv
        columns: {title: {type: text, role: title}, kind: {type: categorical}}
  split: {by: cold-item, valid: 0.2, test: 0.3}
encoder: {user: {use: id}, item: {use: feature}}
layer: [{use: lightgcn, repeat: 2}]
objective: [{use: softmax}]
train: {epochs: 8, batch: 256, optimizer: {lr: 0.05}}
evaluate: {k: [5], metric: [recall, ndcg], select: ndcg@5, candidate: cold}
"""


def of_model(name: str) -> str:
    """The recipe with a model in place of its graph."""
    data, rules = COLD.index("encoder:"), COLD.index("evaluate:")
    return COLD[:data].replace("dim: 8\n", "") + f"model: {{use: {name}}}\n" + COLD[rules:]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People who like one kind of item, which is a column of the items."""
    folder = tmp_path_factory.mktemp("cold")
    draw = np.random.default_rng(0)
    like = np.where(np.arange(60)[:, None] % 3 == np.arange(40) % 3, 0.6, 0.05)
    user, item = np.nonzero(draw.random((60, 40)) < like)
    pl.DataFrame({"user": user, "item": item}).write_csv(folder / "x.csv")
    rows = {
        "id": range(40),
        "title": [f"Film {i}" for i in range(40)],
        "kind": [f"k{i % 3}" for i in range(40)],
    }
    pl.DataFrame(rows).write_csv(folder / "items.csv")
    (folder / "cold.yaml").write_text(COLD)
    (folder / "lot.yaml").write_text(of_model("random").replace("name: cold", "name: lot"))
    (folder / "all.yaml").write_text(COLD.replace(": cold}", ": all}").replace("name: cold", "name: all"))
    (folder / "new.csv").write_text("id,title,kind\n100,New,k1\n101,Other,\n")
    return folder


@pytest.fixture(scope="module")
def trained(folder: Path) -> dict[str, Path]:
    import recbox

    made = {name: folder / "runs" / name for name in ("cold", "all")}
    for name, out in made.items():
        recbox.run(folder / f"{name}.yaml", threads=1, out=out)
    return made


def metrics(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return found


def test_figures_over_both_sets_stand_in_the_artifact(trained: dict[str, Path]):
    cold, every = metrics(trained["cold"]), metrics(trained["all"])
    assert cold["candidate"]["by"] == "cold"
    assert every["candidate"]["by"] == "all"
    assert cold["candidate"]["cold"]["test"] == cold["test"]
    assert every["candidate"]["all"]["test"] == every["test"]
    assert cold["candidate"]["cold"]["items"] == 20
    assert cold["test"]["ndcg@5"] > 1.5 * cold["baseline"]["random"]["test"]["ndcg@5"]
    assert {n for n, e in cold["baseline"].items() if "left_out" in e} == {"popularity", "item-knn", "ease"}
    assert "alike" in cold["baseline"]["ease"]["left_out"]
    # Ranked among all, these have figures; over cold items they have none, for ids would decide.
    assert set(every["baseline"]["ease"]["candidate"]) == {"all"}
    assert {"cold", "warm"} >= set(every["segment"])


def test_run_prints_both_tables(recbox: Recbox, folder: Path, tmp_path: Path):
    done = recbox(
        "run", folder / "cold.yaml", "--threads", 1, "--out", tmp_path / "a", "--set", "train.epochs=1"
    )
    assert done.code == 0
    assert "over the 20 cold items alone" in done.out
    assert "the same, over all 40 items" in done.out
    assert "left out: popularity: the method scores all cold items alike" in done.out


@pytest.mark.parametrize("name", ["cold", "all"])
def test_verify_holds_and_finds_an_edit(recbox: Recbox, trained: dict[str, Path], name: str):
    done = recbox("verify", trained[name])
    assert done.code == 0, done.out
    assert "0 fail" in done.out
    assert ("the cold 20 items" in done.out) == (name == "cold")


def test_verify_looks_at_the_other_set(trained: dict[str, Path]):
    """A figure over the candidates that don't select, edited."""
    from recbox.artifact import open_artifact
    from recbox.context import Context
    from recbox.registry import Registry
    from recbox.verification.measuring import measuring
    from recbox.verification.subject import Subject

    artifact = open_artifact(trained["all"], Registry())
    artifact.metrics["candidate"]["cold"]["test"]["ndcg@5"] += 0.1
    subject = Subject(artifact, Registry(), Context(threads=1))
    first = measuring(subject)[0]
    assert first.state == "fails"
    assert "over cold ndcg@5" in first.seen


def test_report_and_card_say_over_what(trained: dict[str, Path]):
    page, card = ((trained["cold"] / n).read_text() for n in ("report.html", "README.md"))
    assert "ranking the 20 items without an interaction in training" in page
    assert "ranking the 20 items without an interaction in training" in card
    assert "All candidates, and cold ones alone" in page
    assert "All candidates, and cold ones alone" in (trained["all"] / "report.html").read_text()


def test_eval_of_lists_leaves_warm_items_out(recbox: Recbox, trained: dict[str, Path], tmp_path: Path):
    """The method's own scores of all items, as somebody else's list, get the method's own figures."""
    import recbox as package

    fitted = package.load(trained["cold"])
    scores = fitted.scorer.block(np.arange(60)).numpy()
    user, item = (ends.ravel() for ends in np.indices(scores.shape))
    frame = pl.DataFrame({"user": user, "item": item, "score": scores.ravel()})
    frame.write_csv(tmp_path / "lists.csv")
    judged = fitted.judge(tmp_path / "lists.csv")
    assert judged.values == pytest.approx(fitted.metrics["test"], abs=1e-9)
    assert any("no candidates" in line for line in judged.oddities.lines())
    done = recbox("eval", trained["cold"])
    assert f"{fitted.metrics['test']['ndcg@5']:.4f}" in done.out


def test_compare_and_tune_go_by_cold_items(
    recbox: Recbox, folder: Path, trained: dict[str, Path], tmp_path: Path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    args = ("--seeds", 1, "--threads", 1, "--format", "json")
    done = recbox("compare", trained["cold"], folder / "lot.yaml", *args)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    own = metrics(trained["cold"])
    means = {row["name"]: row["value"]["ndcg@5"]["mean"] for row in found["method"]}
    assert means["cold"] == pytest.approx(own["test"]["ndcg@5"], abs=1e-9)
    assert means["lot"] < means["cold"]
    done = recbox("compare", trained["cold"], trained["all"], "--format", "json")
    assert done.code == 2
    assert "rankings of cold items alone" in done.err
    searched = folder / "search.yaml"
    searched.write_text(COLD + "search: {train.optimizer.lr: [0.01, 0.05]}\n")
    done = recbox("tune", searched, "--trials", 2, "--threads", 1, "--set", "train.epochs=2", "--json")
    assert done.code == 0, done.err


def test_a_method_without_an_order_is_refused(recbox: Recbox, folder: Path, tmp_path: Path):
    (folder / "ease.yaml").write_text(of_model("ease"))
    done = recbox("run", folder / "ease.yaml", "--threads", 1, "--out", tmp_path / "a")
    assert done.code == 2
    assert "scores all cold items alike" in done.err
    assert "candidate: all" in done.err


def test_a_split_without_cold_items_is_refused(recbox: Recbox, folder: Path, tmp_path: Path):
    args = ("--threads", 1, "--out", tmp_path / "a", "--set", "data.split.by=user-random")
    done = recbox("run", folder / "cold.yaml", *args)
    assert done.code == 2
    assert "nothing to" in done.err
    assert "cold-item" in done.err


def test_recommend_for_a_user_who_took_more(recbox: Recbox, trained: dict[str, Path]):
    asked = ("recommend", trained["cold"], "--user", "1", "-k", 5, "--format", "json")
    before = json.loads(recbox(*asked).out)
    after = json.loads(recbox(*asked, "--history", before[0]["item"]).out)
    assert before[0]["item"] not in [row["item"] for row in after]
    assert {row["user"] for row in after} == {before[0]["user"]}


def test_recommend_for_a_history_with_new_items(recbox: Recbox, folder: Path, trained: dict[str, Path]):
    args = ("--history", "1,4,7", "--new-item", folder / "new.csv", "-k", 42, "--format", "json")
    done = recbox("recommend", trained["cold"], *args)
    assert done.code == 0, done.err
    rows = json.loads(done.out)
    assert {row["item"] for row in rows} == set(range(40)) - {1, 4, 7} | {100, 101}
    places = {row["item"]: row["rank"] for row in rows}
    assert places[100] < places[101]  # it is of the kind of the three, and of the other nothing is known


def test_recommend_for_several(recbox: Recbox, trained: dict[str, Path], tmp_path: Path):
    done = recbox(
        "recommend", trained["cold"], "--history", "1", "--history", "2,5", "-k", 1, "--format", "csv"
    )
    assert [line.split(",")[0] for line in done.out.splitlines()] == ["user", "new-1", "new-2"]
    (tmp_path / "h.csv").write_text("item,user\n1,ann\n2,ann\n")
    done = recbox(
        "recommend", trained["cold"], "--history", f"@{tmp_path / 'h.csv'}", "-k", 1, "--format", "csv"
    )
    assert done.out.splitlines()[1].startswith("ann,1,")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--history", "1", "--all"], "name users"),
        (["--history", "1", "--history", "2", "--user", "1"], "2 histories for 1 users"),
        (["--history", ","], "a history is empty"),
        (["--history", "1", "--history", "@x.csv"], "stands alone"),
        (["--history", "@absent.csv"], "no such file"),
        (["--history", "1", "--part", "test"], "a part judges nobody's"),
        (["--history", "77"], "no item '77'"),
        (["--history", "1", "--new-item", "absent.csv"], "no such file"),
    ],
)
def test_what_makes_no_sense_is_refused(recbox: Recbox, trained: dict[str, Path], args: list[str], said: str):
    done = recbox("recommend", trained["cold"], *args)
    assert done.code == 2
    assert said in done.err
