"""Other tools' rankings, judged on an artifact's split: the same figures as its own, tests, names, parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import recbox
from recbox.api.ground import ground_of
from recbox.api.load import Fitted
from recbox.api.outside import hear
from recbox.errors import OptionError
from recbox.evaluate import Truth
from recbox.evaluate.significance import randomisation
from recbox.outside import listing

EASE: dict[str, Any] = {
    "recbox": 1,
    "name": "judged",
    "data": {"source": {"use": "synthetic", "users": 90, "items": 60, "interactions": 1800}},
    "model": {"use": "ease"},
    "evaluate": {"k": [3, 10], "baseline": ["popularity", "item-knn"], "select": "ndcg@10"},
}
GRAPH: dict[str, Any] = {
    **{key: EASE[key] for key in ("recbox", "data", "evaluate")},
    "name": "graph",
    "dim": 8,
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "train": {"epochs": 2, "batch": 512},
}


@pytest.fixture(scope="module", autouse=True)
def _place(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("judge"))
        yield


@pytest.fixture(scope="module")
def fitted(_place: None) -> Fitted:
    return recbox.load(recbox.run(EASE, threads=1).folder)


@pytest.fixture(scope="module")
def graph(_place: None) -> Fitted:
    return recbox.load(recbox.run(GRAPH, threads=1).folder)


def scores(fitted: Fitted, scored: np.ndarray | None = None) -> pl.DataFrame:
    """All pairs, with the method's scores or with others."""
    data = fitted.dataset
    users, items = np.indices((len(data.user), len(data.item))).reshape(2, -1)
    found = fitted.scorer.block(np.arange(len(data.user))).numpy() if scored is None else scored
    columns = {"user": data.user.ids.gather(users), "item": data.item.ids.gather(items)}
    return pl.DataFrame({**columns, "score": found.ravel()})


@pytest.mark.parametrize("refit", [False, True])
def test_all_scores_of_a_method_give_its_own_figures(refit: bool, tmp_path: Path) -> None:
    change = {**EASE, "evaluate": {**EASE["evaluate"], "refit": refit, "baseline": []}}
    own = recbox.load(recbox.run(change, threads=1, out=tmp_path / "run").folder)
    judged = own.judge(scores(own))
    assert judged.values == own.metrics["test"]
    assert judged.segment == own.metrics["segment"]
    assert judged.per_user.equals(own.artifact.per_user)
    assert judged.tests[0].difference == 0 and judged.tests[0].p == 1


@pytest.mark.parametrize("which", ["fitted", "graph"])
def test_recommended_lists_give_the_same_figures(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    own: Fitted = request.getfixturevalue(which)
    lists = own.recommend(k=10, part="test")
    for form in ("parquet", "csv", "ndjson"):
        getattr(lists, f"write_{form}")(tmp_path / f"lists.{form}")
        judged = own.judge(tmp_path / f"lists.{form}")
        for name, value in own.metrics["test"].items():
            assert judged.values[name] == pytest.approx(value, abs=1e-9), (form, name)
        assert judged.oddities.seen == judged.oddities.doubled == judged.oddities.unknown_item == 0
    assert own.judge(lists.drop("score")).values == judged.values  # by rank


def test_usual_lists_hold_no_item_of_the_test_part(fitted: Fitted) -> None:
    assert fitted.judge(fitted.recommend(k=10)).values["recall@10"] == 0
    with pytest.raises(OptionError, match="no lists for the part 'train'"):
        fitted.recommend(k=3, part="train")


def test_validation_has_its_own_mask_and_no_test(fitted: Fitted) -> None:
    judged = fitted.judge(fitted.recommend(k=10, part="valid"), part="valid")
    assert judged.values == pytest.approx(fitted.metrics["valid"], abs=1e-9)
    ledger = Path("runs/ledger.jsonl")
    before = ledger.read_bytes()
    fitted.judge(scores(fitted), part="valid")
    assert ledger.read_bytes() == before


def test_a_look_at_the_test_part_is_in_the_ledger(fitted: Fitted) -> None:
    lines = Path("runs/ledger.jsonl").read_text().splitlines()
    judged = fitted.judge(scores(fitted))
    (line,) = Path("runs/ledger.jsonl").read_text().splitlines()[len(lines) :]
    assert '"by":"eval --scores"' in line and judged.hash in line


def test_the_paired_test_is_over_users(fitted: Fitted) -> None:
    shape = (len(fitted.dataset.user), len(fitted.dataset.item))
    judged = fitted.judge(scores(fitted, np.random.default_rng(0).random(shape)))
    (tested,) = judged.tests
    own = fitted.artifact.per_user["ndcg@10"].to_numpy()
    difference = judged.per_user["ndcg@10"].to_numpy() - own
    assert tested.difference == pytest.approx(difference.mean(), abs=1e-12)
    assert tested.users == len(own)
    assert tested.p == pytest.approx(randomisation(difference, np.random.default_rng(5)), abs=0.02)
    assert tested.real and tested.ahead == "judged"
    assert judged.sentences[0].startswith("Real among users: judged is better than frame by")


def test_files_are_corrected_together_and_named_apart(fitted: Fitted, tmp_path: Path) -> None:
    shape = (len(fitted.dataset.user), len(fitted.dataset.item))
    for name in ("judged", "b/judged", "popularity"):
        path = tmp_path / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        scores(fitted, np.random.default_rng(len(name)).random(shape)).write_parquet(path)
    paths = [tmp_path / f"{n}.parquet" for n in ("judged", "b/judged", "popularity")]
    hearing = hear(fitted.ground(), [listing(p) for p in paths])
    assert [j.name for j in hearing.rankings] == ["judged-2", "judged-3", "popularity-2"]
    assert list(hearing.rows)[3] == "judged"
    tests = [j.tests[0] for j in hearing.rankings]
    assert min(t.holm for t in tests) == pytest.approx(3 * min(t.p for t in tests))
    assert len(hearing.document()["pair"]) == 3
    codes = [warning["code"] for warning in hearing.warnings]
    assert codes == ["synthetic", *["not-ahead-of-popularity"] * 3]


def test_a_ranking_that_knows_the_test_part_is_doubted(fitted: Fitted) -> None:
    truth = fitted.ground().truth("test")
    user, item = truth.relevant.pairs(np.arange(len(fitted.dataset.user)))
    ids = {"user": fitted.dataset.user.ids.gather(user), "item": fitted.dataset.item.ids.gather(item)}
    hearing = hear(fitted.ground(), [listing(pl.DataFrame({**ids, "score": np.ones(len(user))}))])
    assert hearing.rankings[0].values["ndcg@10"] == 1
    assert "too-good" in [warning["code"] for warning in hearing.warnings]


def test_a_recipe_brings_its_baselines(fitted: Fitted, tmp_path: Path) -> None:
    scores(fitted).write_csv(tmp_path / "ease.csv")
    ground = ground_of(EASE, threads=1)
    hearing = hear(ground, [listing(tmp_path / "ease.csv")])
    for name, entry in fitted.metrics["baseline"].items():
        assert hearing.others.values[name] == entry["test"]
    assert hearing.rankings[0].values == fitted.metrics["test"]
    assert {t.other for t in hearing.rankings[0].tests} == {"popularity", "item-knn"}
    alone = hear(ground, [listing(tmp_path / "ease.csv")], baseline=False)
    assert alone.rows == {"ease": fitted.metrics["test"]}
    assert "compared with nothing" in alone.sentences[0]


def test_a_part_that_is_none(fitted: Fitted) -> None:
    with pytest.raises(OptionError, match="no part 'train'"):
        fitted.judge(scores(fitted), part="train")


def test_validation_leaves_the_test_part_alone(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an artifact's nor a recipe's baselines are ranked on it, and no line is written."""
    ledger = Path("runs/ledger.jsonl").read_bytes()
    held: list[np.ndarray] = []
    honest = Truth.of
    monkeypatch.setattr(Truth, "of", lambda data, **rows: held.append(rows["held"]) or honest(data, **rows))
    lists = fitted.recommend(k=10, part="valid")
    for ground in (fitted.ground(), ground_of(EASE, threads=1)):
        found = hear(ground, [listing(lists)], "valid")
        assert found.ledger == {} and "test" not in found.document()["ranking"]["frame"]
        assert {name: set(row) & {"test", "valid"} for name, row in found.document()["baseline"].items()} == {
            "popularity": {"valid"},
            "item-knn": {"valid"},
        }
    parts = fitted.artifact.split
    assert held and all(np.array_equal(rows, parts.valid) for rows in held)
    assert Path("runs/ledger.jsonl").read_bytes() == ledger


@pytest.mark.parametrize("which", ["fitted", "graph"])
def test_on_validation_the_test_is_over_its_users(which: str, request: pytest.FixtureRequest) -> None:
    own: Fitted = request.getfixturevalue(which)
    hearing = hear(own.ground(), [listing(own.recommend(k=10, part="valid"))], "valid")
    (tested,) = hearing.rankings[0].tests
    assert (tested.other, tested.difference, tested.p) == (own.name, 0, 1)
    assert tested.base == pytest.approx(own.metrics["valid"]["ndcg@10"], abs=1e-9)


def test_on_validation_baselines_are_tested_as_they_were_chosen(fitted: Fitted) -> None:
    hearing = hear(ground_of(EASE, threads=1), [listing(scores(fitted))], "valid")
    tested = {t.other: t.base for t in hearing.rankings[0].tests}
    known = {n: e["valid"]["ndcg@10"] for n, e in fitted.metrics["baseline"].items()}
    assert tested == pytest.approx(known, abs=1e-12)
    assert any("chosen by this validation part" in said for said in hearing.sentences)


def test_a_method_that_was_fitted_on_validation_is_not_tested_on_it(tmp_path: Path) -> None:
    change = {**EASE, "evaluate": {**EASE["evaluate"], "refit": True, "baseline": []}}
    own = recbox.load(recbox.run(change, threads=1, out=tmp_path / "run").folder)
    hearing = hear(own.ground(), [listing(scores(own))], "valid")
    assert hearing.rankings[0].tests == ()
    assert any(said.startswith("No test over users: ") for said in hearing.sentences)
    assert "fitted again" in hearing.document()["untested"]


def test_what_may_be_the_matter_with_a_file_that_is_behind_popularity(fitted: Fitted) -> None:
    """Reversed, cut off, of other ids: nothing of training."""
    whole = scores(fitted)
    short = whole.with_columns(-pl.col("score")).filter(pl.col("score").rank("ordinal").over("user") <= 2)
    foreign = whole.with_columns(pl.col("item").cast(pl.Int64) + 40, -pl.col("score"))
    found = {}
    for name, frame in {"short": short, "foreign": foreign}.items():
        warnings = hear(fitted.ground(), [listing(frame)]).warnings
        (found[name],) = [w["message"] for w in warnings if w["code"] == "not-ahead-of-popularity"]
        assert "scores of which less is better" in found[name] and "epochs" not in found[name]
    assert "lists cut off too early (" in found["short"]
    assert "likely causes: ids that the data don't have (" in found["foreign"]
