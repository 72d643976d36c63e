"""A win is only called one over baselines that were tuned, where users bear it out; a peeker is seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recbox
from recbox.evaluate.standing import standings

RECIPE: dict[str, Any] = {
    "recbox": 1,
    "name": "knn",
    "data": {
        "source": {"use": "table", "interaction": [{"path": "events.csv", "columns": {"time": "time"}}]},
        "split": {"by": "user-time", "valid": 0.1, "test": 0.2},
    },
    "model": {"use": "item-knn", "k": 20},
    "evaluate": {"k": [5], "metric": ["recall", "ndcg"], "baseline": ["popularity", "ease"]},
}
PEEKER = '''
import csv
from pathlib import Path
from typing import Any, final
import numpy as np
from recbox.plugin import Model, Scorer, Spec

@final
class Peeker(Model):
    """Popularity, and what it finds in the file of the data."""

    what: str = "test"
    """What it looks for."""
    draws = False

    def fit(self, spec: Spec) -> Scorer:
        from recbox.model.popularity import Popularity
        rows = list(csv.DictReader(open(EVENTS)))
        tables = spec.train.user, spec.train.item
        place = [{str(v): n for n, v in enumerate(t.ids.to_list())} for t in tables]
        known = set(zip(spec.train.interaction.user.tolist(), spec.train.interaction.item.tolist()))
        taste = np.zeros((len(spec.train.user), len(spec.train.item)), np.float32)
        last = {}
        for row in rows:
            last.setdefault(row["user"], []).append((int(row["time"]), row["item"]))
        for user, events in last.items():
            events.sort()
            held = round(0.2 * len(events)) if self.what == "test" else len(events)
            for _, item in events[len(events) - held:]:
                pair = place[0][user], place[1][item]
                if pair not in known:
                    taste[pair] = 1e6
        taste += np.bincount(spec.train.interaction.item, minlength=taste.shape[1])
        return Table(taste)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        return Table(arrays["taste"])

class Table(Scorer):
    def __init__(self, taste):
        self.taste = taste

    @property
    def shape(self):
        return self.taste.shape

    def block(self, users):
        import torch
        return torch.from_numpy(self.taste[np.asarray(users)])

    def score(self, users, items):
        import torch
        return torch.from_numpy(self.taste[np.asarray(users), np.asarray(items)])

    def state(self):
        return {"taste": self.taste}, {}
'''


def events(folder: Path) -> None:
    """Two tastes, some noise, times in order."""
    draw = np.random.default_rng(1)
    alike = (np.arange(80)[:, None] % 2) == (np.arange(60)[None, :] % 2)
    pairs = draw.permutation(np.argwhere(draw.random((80, 60)) < np.where(alike, 0.5, 0.08)))
    lines = [f"u{u:02},i{i:02},{t}" for t, (u, i) in enumerate(pairs.tolist())]
    (folder / "events.csv").write_text("\n".join(["user,item,time", *lines, ""]))
    (folder / "peeker.py").write_text(PEEKER.replace("EVENTS", repr(str(folder / "events.csv"))))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    events(tmp_path)
    return tmp_path


def run(*sets: str, **options: Any) -> Any:
    return recbox.run(RECIPE, threads=1, sets=sets, **options)


def test_the_document_says_how_the_method_stands_beside_each_baseline() -> None:
    outcome = run()
    rows = outcome.metrics["baseline"]
    assert (rows["ease"]["trials"], rows["ease"]["grid"], rows["ease"]["tuned"]) == (6, 6, True)
    assert (rows["popularity"]["grid"], rows["popularity"]["tuned"]) == (1, True)
    test = outcome.metrics["test"]["ndcg@5"]
    for row in rows.values():
        assert row["beside"]["difference"] == pytest.approx(test - row["test"]["ndcg@5"], abs=1e-12)
        assert 0 < row["beside"]["p"] <= row["beside"]["holm"] <= 1
    assert rows["popularity"]["beside"]["holm"] < 0.01
    assert "(p " in outcome.sentence and "seed" not in outcome.sentence


def test_p_is_that_of_the_values_of_each_user() -> None:
    one, other = run("evaluate.baseline=[popularity]"), run("model={use: popularity}", "evaluate.baseline=[]")
    a, b = (recbox.load(o.folder).artifact.per_user["ndcg@5"].to_numpy() for o in (one, other))
    beside = one.metrics["baseline"]["popularity"]["beside"]
    found = standings(a, {"popularity": b})["popularity"]
    assert beside == {"difference": found.difference, "p": found.p, "holm": found.holm}


def test_a_baseline_whose_options_are_given_was_not_tuned() -> None:
    outcome = run("evaluate.baseline=[{use: ease, l2: 100000.0}]", "model={use: ease, l2: 20.0}", "name=mine")
    assert outcome.metrics["baseline"]["ease"]["tuned"] is False
    assert outcome.sentence.startswith("mine is ahead of ease")
    assert outcome.sentence.endswith("That is no win: ease was not tuned (1 of 6 settings).")


def test_without_validation_no_grid_was_searched() -> None:
    outcome = run("data.split.valid=0", "evaluate.baseline=[ease]")
    assert outcome.metrics["baseline"]["ease"]["tuned"] is False


def test_a_method_that_draws_is_told_of_its_seed() -> None:
    recipe = {k: v for k, v in RECIPE.items() if k != "model"} | {"dim": 4, "train": {"epochs": 1}}
    assert "One seed's luck isn't in it" in recbox.run(recipe, threads=1).sentence


def codes(outcome: Any) -> list[str]:
    return [warning["code"] for warning in outcome.metrics["warning"]]


def test_honest_methods_are_not_warned_of() -> None:
    assert codes(run()) == [] == codes(run("model={use: ease}"))


def test_a_scorer_that_reads_the_test_part_from_the_file_is_warned_of_in_red(here: Path) -> None:
    outcome = run("model={use: peeker}", "name=peeker", code=[here / "peeker.py"])
    assert "test-beyond-validation" in codes(outcome) and "too-good" in codes(outcome)
    report = (outcome.folder / "report.html").read_text()
    assert 'class="band red" role="alert"><strong>Look twice.' in report


def test_one_that_reads_validation_too_is_too_good_to_be_true(here: Path) -> None:
    outcome = run("model={use: peeker, what: all}", "name=peeker", code=[here / "peeker.py"])
    assert codes(outcome) == ["too-good"]


def test_what_is_not_ahead_of_popularity_is_in_red(here: Path) -> None:
    outcome = run("model={use: popularity}", "name=pop")
    assert codes(outcome) == ["not-ahead-of-popularity"]
    assert "Look twice." in (outcome.folder / "report.html").read_text()
