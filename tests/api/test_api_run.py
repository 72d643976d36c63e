"""From a recipe to an artifact: what the document says, refitting, interruption, resumption, both kernels."""

from __future__ import annotations

import json

import numpy as np
import pytest

import recbox
from recbox.errors import ArtifactError, DataError, OptionError, RecipeError
from recbox.evaluate import Validation
from recbox.progress import Progress, Silent

SMALL = {
    "recbox": 1,
    "name": "small",
    "dim": 8,
    "data": {
        "source": {"use": "synthetic", "users": 60, "items": 50, "interactions": 900},
        "split": {"by": "user-time"},
    },
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "objective": [{"use": "softmax"}],
    "train": {"epochs": 4, "batch": 128, "optimizer": {"lr": 0.05}},
    "evaluate": {"k": [5, 10], "select": "ndcg@10", "baseline": ["popularity", "ease"]},
}


def changed(**blocks):
    return {**SMALL, **blocks}


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(recipe=SMALL, **options):
    return recbox.run(recipe, threads=1, **options)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "a"
    return recbox.run(SMALL, threads=1, out=folder)


def test_the_document_has_every_part(outcome):
    document = json.loads((outcome.folder / "metrics.json").read_text())
    assert document == json.loads(json.dumps(outcome.metrics))
    assert (document["format"], document["status"]) == (1, "done")
    assert set(document["test"]) == set(document["valid"])
    assert {"recall@10", "ndcg@5", "coverage@10", "gini@5"} <= set(document["test"])
    assert set(document["baseline"]) == {"popularity", "ease"}
    assert document["baseline"]["ease"]["options"]["l2"] > 0
    assert document["data"]["synthetic"] is True
    assert document["warning"][0]["code"] == "synthetic"
    assert document["data"]["users"] == 60 and len(document["data"]["fingerprint"]) == 64
    assert document["time"]["fit_s"] > 0 and document["memory"]["peak_mib"] > 0
    assert document["sentence"] == outcome.sentence and "NDCG@10" in outcome.sentence


def test_valid_is_that_of_the_epoch_that_was_kept(outcome):
    history = [json.loads(line) for line in (outcome.folder / "history.jsonl").read_text().splitlines()]
    best = max(history, key=lambda row: row["valid"]["ndcg@10"])
    assert outcome.metrics["valid"] == best["valid"]


def test_what_is_loaded_measures_and_recommends_the_same(outcome):
    fitted = recbox.load(outcome.folder)
    assert fitted.evaluate() == outcome.metrics["test"]
    seen = fitted.dataset.interaction
    user = fitted.dataset.user.ids[3]
    known = set(fitted.dataset.item.ids.gather(seen.item[seen.user == 3]).to_list())
    shown = fitted.recommend(user, k=5)
    assert len(shown) == 5 and not known & set(shown["item"])
    assert shown["score"].is_sorted(descending=True)


def test_the_same_seed_gives_the_same_metrics_and_another_one_does_not(outcome):
    assert run().metrics["test"] == outcome.metrics["test"]
    assert run(seed=1).metrics["test"] != outcome.metrics["test"]


def test_the_other_kernel_agrees(outcome):
    pytest.importorskip("dgl", reason="needs both kernels")
    values = [run(kernel=kernel).metrics["test"] for kernel in ("torch", "dgl")]
    for name in values[0]:
        assert values[0][name] == pytest.approx(values[1][name], abs=0.003), name


def test_refitting_uses_validation_too():
    recipe = changed(evaluate={**SMALL["evaluate"], "refit": True})
    plain, again = run().metrics, run(recipe).metrics
    assert again["valid"] == plain["valid"]
    assert again["test"] != plain["test"]
    assert again["baseline"]["popularity"]["test"] != plain["baseline"]["popularity"]["test"]
    fitted = recbox.load("runs/small-2")
    assert fitted.evaluate() == again["test"]


def test_without_a_validation_part_all_epochs_are_trained():
    recipe = changed(data={**SMALL["data"], "split": {"by": "user-time", "valid": 0}})
    outcome = run(recipe)
    assert outcome.metrics["valid"] == {}
    assert len((outcome.folder / "history.jsonl").read_text().splitlines()) == 4


def test_a_model_is_run_like_anything_else():
    recipe = {k: SMALL[k] for k in ("recbox", "data")} | {"name": "m", "model": {"use": "item-knn", "k": 20}}
    outcome = run(recipe | {"evaluate": {"k": [10], "baseline": ["popularity"]}})
    assert outcome.metrics["valid"] and outcome.metrics["test"]
    assert recbox.load(outcome.folder).evaluate() == outcome.metrics["test"]


class Interrupting(Progress):
    """Presses Ctrl-C when a task whose title begins with `at` is opened."""

    def __init__(self, at: str) -> None:
        self.at, self.fired = at, False

    def open(self, title, total, unit):
        if title.startswith(self.at) and not self.fired:
            self.fired = True
            raise KeyboardInterrupt
        return Silent().open(title, total, unit)

    def close(self, task):
        return None

    def notice(self, message, level="info"):
        return None


@pytest.mark.parametrize("at", ["test", "Baseline ease"])
def test_ctrl_c_while_judging_leaves_an_artifact_without_test_metrics(at):
    outcome = run(progress=Interrupting(at))
    assert outcome.status == "interrupted" and "test" not in outcome.metrics
    assert outcome.metrics["valid"]
    assert recbox.load(outcome.folder).recommend(k=3).height == 180


def test_ctrl_c_before_the_first_epoch_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(progress=Interrupting("train"), out=tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_an_interrupted_run_resumes_to_the_same_end(outcome, tmp_path):
    first = run(progress=Interrupting("Baseline"), out=tmp_path / "a")
    assert first.status == "interrupted"
    with pytest.raises(ArtifactError, match="interrupted run has no test metrics"):
        recbox.load(first.folder).evaluate()
    again = run(out=tmp_path / "a", resume=True)
    assert again.folder == tmp_path / "a-2"
    assert again.metrics["test"] == outcome.metrics["test"]
    one, two = (recbox.load(f).artifact.tensors("weights") for f in (again.folder, outcome.folder))
    assert all(np.array_equal(one[k], two[k]) for k in two)
    assert not list(tmp_path.glob(".a*"))


def test_resuming_something_else_is_refused(tmp_path):
    run(progress=Interrupting("Baseline"), out=tmp_path / "a")
    with pytest.raises(ArtifactError, match="recipe was"):
        run(out=tmp_path / "a", resume=True, sets=["train.optimizer.lr=0.04"])


def test_a_stand_in_is_only_made_where_the_recipe_allows_it(tmp_path, monkeypatch):
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RECBOX_DATA", raising=False)
    data = {"source": {"use": "movielens-100k"}, "split": {"by": "user-time"}}
    with pytest.raises(DataError, match="MovieLens 100K was not found"):
        run(changed(data=data), offline=True)
    short = {"train": {"epochs": 1}, "evaluate": {"k": [10], "metric": ["ndcg"], "baseline": []}}
    outcome = run(changed(data={**data, "fallback": "synthetic"}, **short), offline=True)
    assert outcome.metrics["data"]["synthetic"] is True
    assert "synthetic" in (outcome.folder / "report.html").read_text().lower()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"threads": 0}, "--threads"),
        ({"memory": -1}, "--memory"),
        ({"device": "tpu"}, "--device"),
        ({"device": "cuda:99"}, "--device"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, said):
    with pytest.raises(OptionError, match=said):
        recbox.run(SMALL, **{"threads": 1, **options})


def test_a_target_that_is_taken_is_refused_before_any_work(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine").write_text("x")
    with pytest.raises(ArtifactError, match="isn't empty"):
        run(out=tmp_path / "a")


def test_a_history_is_scored_without_finding_first_vectors_anew(tmp_path, monkeypatch):
    first = {"use": "id", "init": "spectral"}
    run(changed(encoder={"user": first, "item": first}), out=tmp_path / "a")
    fitted = recbox.load(tmp_path / "a")
    known = fitted.recommend("3", k=5, part="test")
    monkeypatch.setattr("recbox.encoder._start.spectral", lambda *_: pytest.fail("factors are found again"))
    x, ids = fitted.dataset.interaction, fitted.dataset.item.ids.to_list()
    history = [ids[item] for item in x.item[x.user == 3]]
    assert fitted.recommend(history=history, k=5).height == 5 == known.height


def curve(folder):
    lines = (folder / "history.jsonl").read_text().splitlines()
    return [json.loads(line)["valid"]["ndcg@10"] for line in lines]


def test_epochs_are_told_apart_by_some_users_and_reported_by_all(tmp_path):
    """The course is that of the drawn users, the figure that of everybody; the artifact's recipe says so."""
    whole, some = tmp_path / "whole", tmp_path / "some"
    run(out=whole)
    told = run(changed(evaluate={**SMALL["evaluate"], "valid_users": 10}), out=some).metrics["valid"]
    best = curve(some).index(max(curve(some)))
    assert curve(some) != curve(whole) and told["ndcg@10"] != curve(some)[best]
    assert told["ndcg@10"] == pytest.approx(curve(whole)[best])
    assert "valid_users: 10" in recbox.load(some).recipe
    assert "valid_users" not in recbox.load(whole).recipe


def test_more_users_than_there_are_is_all_of_them(tmp_path):
    few, many = (
        run(changed(evaluate={**SMALL["evaluate"], "valid_users": n}), out=tmp_path / str(n)).metrics
        for n in (10**6, None)
    )
    assert few["valid"] == many["valid"] and few["test"] == many["test"]


def test_users_of_no_validation_are_refused():
    data = {**SMALL["data"], "split": {"by": "user-time", "valid": 0.0}}
    with pytest.raises(RecipeError, match="leaves no validation"):
        run(changed(data=data, evaluate={**SMALL["evaluate"], "valid_users": 10}))


@pytest.mark.parametrize("refit", [False, True])
def test_a_run_whose_epochs_some_users_told_apart_is_verified(tmp_path, refit):
    run(changed(evaluate={**SMALL["evaluate"], "valid_users": 10, "refit": refit}), out=tmp_path / "a")
    checks = {check.name: check for check in recbox.verify(tmp_path / "a").checks}
    assert checks["chosen epoch"].state == "holds", checks["chosen epoch"]
    lines = (tmp_path / "a" / "history.jsonl").read_text().splitlines()
    assert len(lines) == 4 and all(check.state != "fails" for check in checks.values())


def test_ctrl_c_before_all_users_were_judged_leaves_an_artifact(tmp_path, monkeypatch):
    plain = Validation._judged

    def stopping(self, scorer, held, context):
        if held is self.held:
            raise KeyboardInterrupt
        return plain(self, scorer, held, context)

    monkeypatch.setattr(Validation, "_judged", stopping)
    outcome = run(changed(evaluate={**SMALL["evaluate"], "valid_users": 10}), out=tmp_path / "a")
    assert outcome.metrics["status"] == "interrupted" and not outcome.metrics["valid"]
    monkeypatch.undo()
    assert recbox.load(tmp_path / "a").recommend("3", k=5).height == 5
    assert recbox.verify(tmp_path / "a").holds
