"""A recipe that judges pairs, through every command: run, check, eval, verify, compare, tune, data export."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from recbox import load

Recbox = Callable[..., Any]

RATING = """
recbox: 1
name: rating
dim: 8
data:
  source: {use: table, interaction: [{path: rated.csv, columns: {weight: stars}}]}
  split: {by: user-random, valid: 0.15, test: 0.2}
encoder: {user: {use: id}, item: {use: id}}
layer: []
head: {use: rating, mean: 3}
objective: [{use: mse}, {use: l2, weight: 0.01}]
train: {epochs: 5, batch: 128, optimizer: {lr: 0.02}}
evaluate: {by: pairs}
"""
CLICK = RATING.replace("name: rating", "name: click").replace("{use: mse}", "{use: bce}").replace(
    "{by: pairs}",
    "{by: pairs, negative: {count: 1}, metric: [auc, gauc, log-loss, calibration-error], "
    "baseline: [popularity, ease], gap: []}",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ratings that follow from who rates and what is rated, and two recipes."""
    folder = tmp_path_factory.mktemp("pairs")
    draw = np.random.default_rng(0)
    user, item = np.nonzero(draw.random((60, 30)) < np.linspace(0.1, 0.7, 30))
    mean = 3 + draw.normal(size=60)[user] * 0.7 + draw.normal(size=30)[item] * 0.7
    stars = np.clip(np.rint(mean + draw.normal(size=len(user)) * 0.5), 1, 5).astype(int)
    pl.DataFrame({"user": user, "item": item, "stars": stars}).write_csv(folder / "rated.csv")
    (folder / "rating.yaml").write_text(RATING)
    (folder / "click.yaml").write_text(CLICK)
    return folder


@pytest.fixture(scope="module")
def trained(folder: Path) -> dict[str, Path]:
    import recbox

    made = {name: folder / "runs" / name for name in ("rating", "click")}
    for name, out in made.items():
        sets = ["evaluate.select=auc"] if name == "click" else []
        recbox.run(folder / f"{name}.yaml", threads=1, out=out, sets=sets)
    return made


def test_check_says_which_pairs_are_judged(recbox: Recbox, folder: Path) -> None:
    rating, click = (recbox("check", folder / f"{n}.yaml").out for n in ("rating", "click"))
    assert "rmse, mae over held-out pairs and their weights; chosen by rmse" in rating
    assert "beside each 1 negative drawn uniformly with seed 0; chosen by auc" in click


def test_run_shows_values_and_lets_users_speak(recbox: Recbox, folder: Path) -> None:
    done = recbox("run", folder / "rating.yaml", "--threads", 1, "--out", folder / "runs" / "shown")
    assert done.code == 0 and "rmse" in done.out and "bias" in done.out
    assert "RMSE" in done.out and ("bear it out" in done.out or "chance" in done.out)
    metrics = json.loads((folder / "runs" / "shown" / "metrics.json").read_text())
    assert metrics["lower_is_better"] == ["mae", "rmse"]
    assert metrics["pairs"]["test"]["judged"] == metrics["data"]["split"]["test"]
    page = (folder / "runs" / "shown" / "report.html").read_text()
    assert f"over {metrics['pairs']['test']['judged']:,} pairs held out" in page
    assert "ranking every item" not in page
    card = (folder / "runs" / "shown" / "README.md").read_text()
    assert "pairs held out" in card and "ranking all items" not in card


def test_baselines_are_measured_by_what_their_scores_mean(trained: dict[str, Path]) -> None:
    found = json.loads((trained["click"] / "metrics.json").read_text())
    assert list(found["test"]) == ["auc", "gauc", "log-loss", "calibration-error"]
    assert list(found["baseline"]["ease"]["test"]) == ["auc", "gauc"]
    assert found["baseline"]["ease"]["trials"] == 6 and "beside" in found["baseline"]["ease"]
    pairs = found["pairs"]["test"]
    assert pairs["negative"]["drawn"] == pairs["clicks"] == pairs["judged"] / 2


def test_a_metric_that_selects_leaves_out_what_it_cannot_judge(recbox: Recbox, folder: Path) -> None:
    done = recbox("run", folder / "click.yaml", "--threads", 1, "--set", "evaluate.select=log-loss",
                  "--set", "train.epochs=1", "--out", folder / "runs" / "alone")  # fmt: skip
    assert "left out: ease: its scores are an order, and log-loss needs probabilities" in done.out
    assert "compared with nothing" in done.out


def test_probabilities_are_compared_with_the_click_rate(recbox: Recbox, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "rated.csv").write_bytes((folder / "rated.csv").read_bytes())
    text = CLICK.replace("baseline: [popularity, ease], ", "select: log-loss, ")
    (tmp_path / "drawn.yaml").write_text(text)
    high = text.replace("negative: {count: 1}", "positive: 4").replace(
        "{use: bce}", "{use: bce, positive: 4}"
    )
    (tmp_path / "high.yaml").write_text(high)
    for name, clicks in (("drawn", None), ("high", 4.0)):
        done = recbox("run", tmp_path / f"{name}.yaml", "--threads", 1, "--out", tmp_path / name)
        assert done.code == 0 and "compared with nothing" not in done.out, done.err
        rate = json.loads((tmp_path / name / "metrics.json").read_text())["baseline"]["click-rate"]
        assert rate["options"]["positive"] == clicks and 0 < rate["test"]["log-loss"] < 0.7
        assert recbox("verify", tmp_path / name).code == 0
    wrong = recbox("check", tmp_path / "high.yaml", "--set", "evaluate.baseline=[click-rate]")
    assert wrong.code == 2 and "click-rate learns those of drawn negatives" in wrong.err
    assert "positive: 4 in click-rate" in wrong.err


@pytest.mark.parametrize("name", ["rating", "click"])
def test_eval_and_verify_measure_the_same_again(recbox: Recbox, trained: dict[str, Path], name: str) -> None:
    stated = json.loads((trained[name] / "metrics.json").read_text())["test"]
    again = json.loads(recbox("eval", trained[name], "--json").out)["test"]
    assert again == pytest.approx(stated, abs=1e-9)
    done = recbox("verify", trained[name], "--json")
    document = json.loads(done.out)
    assert document["holds"], [c for c in document["check"] if c["state"] == "fails"]
    states = {check["name"]: check["state"] for check in document["check"]}
    assert states["pairs"] == states["values of users"] == states["test metrics"] == "holds"


def scores_of(trained: Path, pairs: Path) -> pl.DataFrame:
    fitted, frame = load(trained), pl.read_csv(pairs)
    inner = [{k: n for n, k in enumerate(nodes.ids)} for nodes in (fitted.dataset.user, fitted.dataset.item)]
    user, item = (np.array([ids[x] for x in frame[name]]) for name, ids in zip(("user", "item"), inner))
    return frame.with_columns(score=fitted.scorer.score(user, item).numpy().astype(np.float64))


def test_scores_of_another_tool_are_judged_by_the_same_pairs(
    recbox: Recbox, trained: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "parts"
    assert "pairs-test" in recbox("data", "export", trained["click"], "--out", out).out
    scores = scores_of(trained["click"], out / "pairs-test.csv")
    scores.write_csv(tmp_path / "logits.csv")
    done = recbox("eval", trained["click"], "--scores", tmp_path / "logits.csv")
    assert done.code == 2 and "log-loss and calibration-error need probabilities" in done.err
    chances = scores.with_columns(score=1 / (1 + (-pl.col("score")).exp()))
    chances.write_parquet(tmp_path / "chances.parquet")
    found = json.loads(
        recbox("eval", trained["click"], "--scores", tmp_path / "chances.parquet", "--json").out
    )
    stated = json.loads((trained["click"] / "metrics.json").read_text())["test"]
    assert found["ranking"]["chances"]["test"] == pytest.approx(stated, abs=1e-6)
    assert found["ranking"]["chances"]["oddities"]["missing"] == 0 and found["pair"]


def test_missing_and_odd_scores_are_counted(recbox: Recbox, trained: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "parts"
    recbox("data", "export", trained["rating"], "--out", out)
    scores = scores_of(trained["rating"], out / "pairs-test.csv")
    odd = pl.DataFrame({"user": [900, 0, 1], "item": [0, 900, 1], "score": [1.0, 1.0, 1.0]})
    known = pl.read_csv(out / "train.csv").head(2).select("user", "item", score=pl.lit(2.0))
    given = pl.concat([scores[3:], scores[10:12], odd.head(2), known])
    given.write_csv(tmp_path / "odd.csv")
    done = recbox("eval", trained["rating"], "--scores", tmp_path / "odd.csv")
    assert done.code == 0
    assert f"3 of {len(scores):,} judged pairs have no score" in done.out
    assert "1 row of 1 unknown user ('900')" in done.out and "1 row of 1 unknown item ('900')" in done.out
    assert "2 rows repeat a user and item" in done.out and "2 rows of pairs that aren't judged" in done.out
    assert "odd has scores for some of the pairs alone, so it is not said who is ahead." in done.out
    document = json.loads(recbox("eval", trained["rating"], "--scores", tmp_path / "odd.csv", "--json").out)
    odd_ones = document["ranking"]["odd"]["oddities"]
    parts = ("unknown_user", "unknown_item", "not_judged", "doubled", "scored")
    assert odd_ones["rows"] == sum(odd_ones[name] for name in parts)
    assert not document["pair"]


def test_compare_tests_the_figure_that_is_shown(
    recbox: Recbox, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    text = RATING.split("encoder:")[0].replace("name: rating\ndim: 8", "name: bias")
    text = (
        text.replace("rated.csv", str(folder / "rated.csv")) + "model: {use: bias}\nevaluate: {by: pairs}\n"
    )
    Path("bias.yaml").write_text(text)
    done = recbox(
        "compare", folder / "rating.yaml", "bias.yaml", "--seeds", 3, "--threads", 1, "--format", "json"
    )
    document = json.loads(done.out)
    assert document["lower_is_better"] == ["rmse"]
    shown = {m["name"]: m["value"]["rmse"]["mean"] for m in document["method"]}
    runs = {m["name"]: [json.loads((Path(r["folder"]) / "metrics.json").read_text())["test"]["rmse"]
                        for r in m["run"]] for m in document["method"]}  # fmt: skip
    assert shown == pytest.approx({name: float(np.mean(values)) for name, values in runs.items()}, abs=1e-9)
    (pair,) = document["pair"]
    assert pair["difference"] == pytest.approx(shown[pair["one"]] - shown[pair["other"]], abs=1e-9)
    names = [segment["segment"] for segment in document["segment"]]
    assert "warm items" in names and any(name.startswith("items with up to") for name in names)
    refused = recbox("compare", folder / "rating.yaml", folder / "click.yaml", "--threads", 1)
    assert refused.code == 2 and "only methods that were judged alike can be compared" in refused.err


def test_tune_looks_for_the_smallest_error(
    recbox: Recbox, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    search = "search: {train.optimizer.lr: [0.0001, 0.02]}\n"
    text = RATING.replace("rated.csv", str(folder / "rated.csv")) + search
    Path("tune.yaml").write_text(text)
    done = recbox("tune", "tune.yaml", "--trials", 2, "--threads", 1, "--json")
    (arm,) = json.loads(done.out)["arm"]
    values = {trial["number"]: trial["value"] for trial in arm["trial"]}
    assert arm["lower_is_better"] and values[arm["best"]] == min(values.values())


def test_scores_of_another_tool_stand_beside_methods(
    recbox: Recbox, trained: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a method itself differ from it in nothing, in no segment either."""
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "parts"
    recbox("data", "export", trained["rating"], "--out", out)
    scores = scores_of(trained["rating"], out / "pairs-test.csv")
    scores.write_csv("own.csv")
    scores.with_columns(score=pl.lit(3.0)).write_csv("three.csv")
    done = recbox("compare", trained["rating"], "--scores", "own.csv", "--scores", "three.csv",
                  "--threads", 1, "--format", "json")  # fmt: skip
    document = json.loads(done.out)
    pairs = {(p["one"], p["other"]): p for p in document["pair"]}
    assert pairs["rating", "own"]["difference"] == pytest.approx(0, abs=1e-6)
    assert pairs["rating", "three"]["difference"] == pytest.approx(
        pairs["own", "three"]["difference"], abs=1e-6
    )
    alike = {s["segment"]: s for s in document["segment"] if (s["one"], s["other"]) == ("rating", "own")}
    assert any(name.startswith("items with up to") for name in alike) and "warm items" in alike
    for segment in alike.values():
        assert segment["difference"] == pytest.approx(0, abs=1e-6)
    scores[1:].write_csv("part.csv")
    refused = recbox("compare", trained["rating"], "--scores", "part.csv", "--threads", 1)
    assert refused.code == 2 and "1 of" in refused.err and "all or none" in refused.err


def test_a_segment_of_items_is_measured_over_its_pairs_alone(
    recbox: Recbox, trained: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the error over these pairs by hand."""
    monkeypatch.chdir(tmp_path)
    recbox("data", "export", trained["rating"], "--out", tmp_path / "parts")
    scores = scores_of(trained["rating"], tmp_path / "parts" / "pairs-test.csv")
    scores.write_csv("own.csv")
    scores.with_columns(score=pl.lit(3.0)).write_csv("three.csv")
    done = recbox("compare", trained["rating"], "--scores", "three.csv", "--threads", 1, "--format", "json")
    found = {s["segment"]: s for s in json.loads(done.out)["segment"]}
    train = pl.read_csv(tmp_path / "parts" / "train.csv").group_by("item").len("users")
    users = scores.join(train, on="item", how="left", maintain_order="left")["users"].fill_null(0).to_numpy()
    name = next(name for name in found if name.startswith("items with up to"))
    rare = users <= int(name.split()[-2])
    assert 0 < rare.sum() < len(rare)
    stars = pl.read_csv(tmp_path / "parts" / "test.csv").select("user", "item", "weight")
    told = scores.join(stars, on=["user", "item"], how="left", maintain_order="left")["weight"].to_numpy()
    by_hand = [np.sqrt(np.mean((score - told)[rare] ** 2)) for score in (scores["score"].to_numpy(), 3.0)]
    assert found[name]["mean"] == pytest.approx(by_hand, abs=1e-6)
