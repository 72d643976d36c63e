"""A search on real parts: what is tried, what comes of it, and that the test part plays no role."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from tuning_kit import GRAPH, MODEL, SEARCH, settings, told, with_search

import recbox
from recbox.errors import DataError, OptionError
from recbox.tuning import Tuning


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def tune(*recipes: Any, **options: Any) -> Tuning:
    return recbox.tune(*recipes, threads=1, **options)


def trials(found: Tuning, number: int = 0) -> list[Any]:
    return told(found.document()["arm"][number]["trial"])


def test_the_best_recipe_runs_and_gives_the_value_of_its_trial(tmp_path: Path) -> None:
    found = tune(with_search(SEARCH), trials=4)
    (arm,) = found.arms
    assert found.status == "done" and len(arm.ranked) == 4 and found.folder == tmp_path / "runs/small-tune"
    assert found.next == "recbox run runs/small-tune/best.yaml"
    values = [row.value for row in arm.rows]
    assert arm.best and arm.best.value == max(values) and len(set(values)) > 1
    outcome = recbox.run(found.best or "", threads=1)
    assert outcome.metrics["valid"]["ndcg@5"] == arm.best.value
    assert outcome.metrics["valid"] == arm.best.valid


def test_another_process_would_have_tried_the_same(tmp_path: Path) -> None:
    one, other = (tune(with_search(SEARCH), trials=13, out=tmp_path / name) for name in "ab")
    assert trials(one) == trials(other) and len(trials(one)) == 13
    seeded = tune(with_search(SEARCH), trials=3, out=tmp_path / "c", seed=1)
    assert settings(seeded.arms[0]) != settings(one.arms[0])[:3]


def test_it_goes_on_where_it_stopped_as_if_it_had_not(tmp_path: Path) -> None:
    for number in (2, 5, 13):
        part = tune(with_search(SEARCH), trials=number, out=tmp_path / "part")
        assert len(part.arms[0].rows) == number
    assert trials(part) == trials(tune(with_search(SEARCH), trials=13, out=tmp_path / "whole"))


def test_a_grid_is_tried_whole_and_each_setting_once() -> None:
    search = {"dim": [4, 8], "train.batch": {"by": "int", "low": 100, "high": 300, "step": 100},
              "train.optimizer.lr": {"by": "linear", "low": 0.01, "high": 0.03, "step": 0.01}}  # fmt: skip
    (arm,) = tune(with_search(search, train={"epochs": 1}), by="grid").arms
    tried = [tuple(found.values()) for found in settings(arm)]
    lrs, batches = (0.01, 0.02, 0.03), (100, 200, 300)
    assert tried == [(dim, batch, lr) for dim in (4, 8) for batch in batches for lr in lrs]
    assert "18 settings" in arm.note


@pytest.mark.parametrize("by", ["tpe", "random", "grid"])
def test_nothing_is_tried_twice_while_there_is_something_else(by: str) -> None:
    search = {"dim": list(range(1, 9))}
    (arm,) = tune(with_search(search, train={"epochs": 1}), trials=7, by=by).arms
    assert len({found["dim"] for found in settings(arm)}) == 7


def test_fewer_settings_than_trials_are_tried_once_each() -> None:
    (arm,) = tune(with_search({"dim": [4, 8, 16]}), trials=10).arms
    assert settings(arm) == [{"dim": 4}, {"dim": 8}, {"dim": 16}]


def test_tpe_looks_where_it_was_good() -> None:
    """Of a steep valley of learning rates, the second half of the trials lies nearer to the bottom."""
    search = {"train.optimizer.lr": {"by": "log", "low": 1e-7, "high": 1e-1}}
    (arm,) = tune(with_search(search), trials=30, prune=False).arms
    lrs = np.log10([found["train.optimizer.lr"] for found in settings(arm)])
    assert lrs[15:].mean() > lrs[:10].mean() + 0.5


def test_a_trial_that_diverges_is_written_down_and_the_search_goes_on() -> None:
    (arm,) = tune(with_search({"train.optimizer.lr": [0.02, 1.0e37, 0.03]}), trials=3).arms
    assert [row.state for row in arm.rows] == ["done", "failed", "done"]
    assert "diverged" in arm.rows[1].reason and arm.rows[1].value is None


def test_where_every_trial_fails_there_is_a_page_that_says_why() -> None:
    found = tune(with_search({"train.optimizer.lr": [1.0e35, 1.0e36, 1.0e37]}), trials=3)
    assert (found.status, found.best, found.next) == ("failed", None, "")
    (failure,) = found.arms[0].failures
    assert failure.trials == (0, 1, 2) and "diverged" in failure.reason
    page = (found.folder / "report.html").read_text()
    assert "Every trial failed" in page and str(failure) in page
    assert found.document()["arm"][0]["failure"] == [{"reason": failure.reason, "trial": [0, 1, 2]}]
    assert str(failure) in repr(found)
    assert not list(found.folder.glob("best*"))


def test_one_arm_that_fails_leaves_the_others() -> None:
    bad = with_search({"train.optimizer.lr": [1.0e36, 1.0e37]}, name="bad")
    found = tune(bad, with_search({"dim": [4, 8]}), trials=2)
    assert found.status == "done" and found.best is None
    assert found.next == "recbox run runs/bad-small-tune/best-small.yaml"


def test_settings_that_dont_fit_together_fail_as_trials() -> None:
    search = {"layer.0": [{"use": "lightgcn"}, {"use": "gcn"}], "layer.1.use": ["lightgcn"], "dim": [4]}
    (arm,) = tune(with_search(search, train={"epochs": 1}), trials=2).arms
    assert [row.state for row in arm.rows] == ["done", "done"]


def test_what_needs_too_much_memory_fails_with_the_reason() -> None:
    found = tune(MODEL, trials=1, memory=1e-7)
    assert found.status == "failed" and "GiB" in found.arms[0].failures[0].reason


def test_a_hopeless_trial_is_ended_early() -> None:
    lrs = [0.05, 0.06, 0.07, 0.08, 0.09, 1.0e-9]
    plan = with_search({"train.optimizer.lr": lrs}, train=GRAPH["train"] | {"epochs": 10})
    (arm,) = tune(plan, by="grid").arms
    assert [row.state for row in arm.rows[:5]] == ["done"] * 5 and arm.rows[5].state == "pruned"
    (whole,) = tune(plan, by="grid", prune=False, out="whole").arms
    assert [row.state for row in whole.rows] == ["done"] * 6 and whole.rows[5] not in whole.ranked[:3]
    assert [r.value for r in whole.rows[:5]] == [r.value for r in arm.rows[:5]]


def test_a_models_stated_grid_is_searched() -> None:
    found = tune(MODEL, by="grid")
    (arm,) = found.arms
    grid = recbox.recipe.load(MODEL, registry=_registry(), context=_context()).model.options.grid
    assert list(settings(arm)[0]) == [f"model.{key}" for key in grid]
    assert arm.settings == len(arm.rows) == np.prod([len(values) for values in grid.values()])
    given = tune(MODEL | {"model": {"use": "item-knn", "k": 10}}, by="grid", out="given").arms[0]
    assert given.settings and given.settings < arm.settings and "model.k" not in given.spaces


def test_baselines_get_as_many_trials_or_all_that_they_have() -> None:
    plan = with_search(SEARCH, evaluate=GRAPH["evaluate"] | {"baseline": ["popularity", "item-knn", "ease"]})
    other = with_search({"dim": [4, 8, 12, 16, 20]}, name="other", evaluate=plan["evaluate"])
    found = tune(plan, other, trials=4, baseline=True)
    assert [arm.name for arm in found.arms] == ["small", "other", "popularity", "item-knn", "ease"]
    assert [len(arm.rows) for arm in found.arms] == [4, 4, 1, 4, 4]
    assert "nothing to search" in found.arms[2].note
    assert found.next.startswith("recbox compare runs/small-other-tune/best-small.yaml")
    knn = found.arms[3]
    valid = recbox.run(found.recipe_of(knn), threads=1).metrics["valid"]
    assert knn.best and valid["ndcg@5"] == knn.best.value


SLOW = """
from typing import Any, ClassVar, final
from recbox.model.popularity import PopularityScorer
from recbox.plugin import Model, Need

@final
class Slow(Model):
    \"\"\"Popularity, which says that it takes long.\"\"\"
    draws: ClassVar[bool] = False
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"size": (1, 59, 61)}
    size: int = 1
    \"\"\"Seconds.\"\"\"

    def need(self, users, items, interactions):
        return Need(memory=0, seconds=float(self.size))

    def fit(self, spec):
        import numpy as np
        counts = np.bincount(spec.train.interaction.item, minlength=len(spec.train.item))
        return PopularityScorer(len(spec.train.user), counts.astype("float32"))

    def load(self, arrays, json):
        return PopularityScorer(int(json["users"]), arrays["count"])
"""


def test_a_baseline_that_would_take_over_a_minute_is_left_out_and_a_recipe_is_not(tmp_path: Path) -> None:
    """As in a run, setting by setting; who wants it all the same names it as a recipe."""
    (tmp_path / "slow.py").write_text(SLOW)
    evaluate = GRAPH["evaluate"] | {"baseline": ["slow"]}
    own = MODEL | {"model": {"use": "slow"}, "name": "own"}
    found = tune(
        with_search({"dim": [4]}, evaluate=evaluate), own, by="grid", baseline=True, code=["slow.py"]
    )
    assert [row.state for row in found.arms[1].rows] == ["done"] * 3
    assert [row.state for row in found.arms[2].rows] == ["done", "done", "failed"]
    assert str(found.arms[2].failures[0]) == (
        "1 trial (2): slow would take about 61 s to fit, the limit for a baseline is 60 s"
    )


def test_the_test_part_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It raises where anybody asks for it; and with other rows in it, nothing changes."""
    recbox.run(MODEL, threads=1)  # so that every module that asks for it is there
    asking = [m for n, m in sys.modules.items() if n.startswith("recbox.") and "at_test" in vars(m)]
    assert len(asking) >= 3
    for module in asking:
        monkeypatch.setattr(module, "at_test", _touched)
    draws = np.random.default_rng(0)
    items = [draws.permutation(20) for _ in range(40)]
    parts = ["train"] * 6 + ["valid"] * 3
    rows = [f"{u},{i},{p}" for u, own in enumerate(items) for i, p in zip(own, parts)]
    found = []
    for number in range(2):
        held = [f"{u},{i},test" for u, own in enumerate(items) for i in own[9 + 2 * number :][:2]]
        lines = ["user,item,part", *rows, *held]
        (tmp_path / f"{number}.csv").write_text("\n".join(lines))
        source = {"use": "table", "interaction": [{"path": f"{number}.csv", "columns": {"part": "part"}}]}
        data = {"source": source, "split": {"by": "given"}, "clean": {"duplicate": "last"}}
        found.append(trials(tune(with_search(SEARCH, data=data), trials=3, out=f"out{number}")))
    assert len(found[0]) == 3 and [t["value"] for t in found[0]] == [t["value"] for t in found[1]]
    assert found[0] == found[1]


LATE = """
from typing import ClassVar, final
import numpy as np
from recbox.plugin import UserMetric

@final
class Miss(UserMetric):
    \"\"\"The share of users for whom nothing is found.\"\"\"
    lower_is_better: ClassVar[bool] = True

    def per_user(self, hits, relevant):
        return 1.0 - hits.any(axis=1).astype(np.float64)
"""


def test_less_may_be_better(tmp_path: Path) -> None:
    (tmp_path / "miss.py").write_text(LATE)
    evaluate = {"k": [5], "metric": ["miss"], "select": "miss@5", "baseline": []}
    search = {"train.optimizer.lr": [1e-7, 0.02, 0.05]}
    found = tune(with_search(search, evaluate=evaluate), trials=3, code=["miss.py"])
    (arm,) = found.arms
    values = [row.value for row in arm.rows if row.value is not None]
    assert arm.lower_is_better and arm.best and arm.best.value == min(values) < max(values)
    assert f"--code {tmp_path}/miss.py" in found.next


@pytest.mark.parametrize(
    ("change", "said", "why"),
    [
        ({"seed": 1}, "another seed", "seed is 0 there and 1 here"),
        (
            {"search": {"dim": [4, 8]}},
            "another search space",
            'search.train.optimizer.lr is {"by": "log", "low": 0.001, "high": 0.1} there and absent here; '
            "search.dim is [4, 8, 16] there and [4, 8] here",
        ),
        (
            {"train": GRAPH["train"] | {"epochs": 2}},
            "another recipe",
            "train.epochs is 3 there and 2 here",
        ),
        (
            {"layer": [{"use": "lightgcn"}, {"use": "gcn"}]},
            "another recipe",
            'layer.1.use is absent there and "gcn" here; ',
        ),
        (
            {"data": {"source": {"use": "synthetic", "users": 70, "items": 30, "interactions": 900}}},
            "other data",
            "data.source.users is 60 there and 70 here",
        ),
        (
            {"data": GRAPH["data"] | {"split": {"by": "user-random"}}},
            "another split",
            'there and "user-random" here',
        ),
    ],
)
def test_a_study_of_something_else_is_refused_with_what_differs(
    change: dict[str, Any], said: str, why: str
) -> None:
    tune(with_search(SEARCH), trials=1)
    before = Path("runs/small-tune/journal.log").read_bytes()
    with pytest.raises(OptionError, match=said) as caught:
        tune(with_search(SEARCH) | change, trials=2)
    assert why in caught.value.why
    assert Path("runs/small-tune/journal.log").read_bytes() == before


def test_other_features_are_other_data(tmp_path: Path) -> None:
    rows = [f"{u},{(u * 3 + i * i) % 17},{i}" for u in range(30) for i in range(8)]
    (tmp_path / "rows.csv").write_text("\n".join(["user,item,time", *rows]))
    interaction = [{"path": "rows.csv", "columns": {"time": "time"}}]
    item = [{"path": "items.csv", "columns": {"genre": {}}}]
    data = {"source": {"use": "table", "interaction": interaction, "item": item}}
    for number, genres in enumerate(("ab", "ba")):
        lines = ["id,genre", *(f"{i},{genres[i % 2]}" for i in range(17))]
        (tmp_path / "items.csv").write_text("\n".join(lines))
        if number == 0:
            tune(with_search(SEARCH, data=data), trials=1)
    with pytest.raises(OptionError, match="other data"):
        tune(with_search(SEARCH, data=data), trials=2)


def test_other_baselines_are_the_same_study() -> None:
    tune(with_search(SEARCH), trials=1)
    evaluate = GRAPH["evaluate"] | {"baseline": []}
    assert len(tune(with_search(SEARCH, evaluate=evaluate), trials=2).arms[0].rows) == 2


@pytest.mark.parametrize(
    ("recipe", "options", "said"),
    [
        (GRAPH, {}, "nothing to search"),
        (MODEL | {"model": {"use": "popularity"}}, {}, "states no grid"),
        (with_search(SEARCH), {"by": "grid"}, "has no steps"),
        (with_search({"train.batch": {"by": "int", "low": 1, "high": 2e5}}), {"by": "grid"}, "200,000"),
        (with_search(SEARCH), {"by": "luck"}, "no way"),
        (with_search(SEARCH), {"trials": 0}, "from 1"),
        (with_search(SEARCH), {"jobs": 0}, "from 1"),
        (with_search(SEARCH), {"time": float("nan")}, "seconds above 0"),
        (with_search(SEARCH), {"device": "abacus"}, "abacus"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    recipe: Any, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(OptionError, match=said):
        tune(recipe, **options)
    assert not Path("runs").exists()


def test_without_a_validation_part_there_is_nothing_to_choose_by() -> None:
    data = GRAPH["data"] | {"split": {"by": "user-time", "valid": 0}}
    with pytest.raises(DataError, match="choose by"):
        tune(with_search(SEARCH, data=data), trials=1)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(OptionError, match="something else"):
        tune(with_search(SEARCH), trials=1, out=tmp_path / "mine")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("junk", [b"hello\n", b"{}\n", b"[]\n", b'{"op_code": 77}\n', b"\xff\xfe\x00\n"])
def test_a_damaged_journal_is_an_error_and_stays(tmp_path: Path, junk: bytes) -> None:
    found = tune(with_search(SEARCH), trials=1)
    path = found.folder / "journal.log"
    path.write_bytes(junk + path.read_bytes())
    with pytest.raises(OptionError, match="journal"):
        tune(with_search(SEARCH), trials=2)
    assert path.read_bytes().startswith(junk)


def test_a_line_that_a_killed_process_left_half_is_cut_off() -> None:
    found = tune(with_search(SEARCH), trials=2)
    path = found.folder / "journal.log"
    path.write_bytes(path.read_bytes() + b'{"op_code": 4, "wor')
    again = tune(with_search(SEARCH), trials=3)
    assert trials(again)[:2] == trials(found) and len(again.arms[0].rows) == 3


def test_time_ends_it() -> None:
    found = tune(with_search(SEARCH), time=1.0)
    assert found.status == "done" and 0 < len(found.arms[0].rows) < 200


@pytest.mark.parametrize("jobs", [1, 2])
def test_however_short_the_time_a_trial_is_run_and_none_is_cut(jobs: int) -> None:
    """The clock begins when the data is there, and what is running when it rings is finished."""
    found = tune(with_search(SEARCH, train=GRAPH["train"] | {"epochs": 20}), time=0.05, jobs=jobs)
    states = [row.state for row in found.arms[0].rows]
    assert found.status == "done" and states and set(states) <= {"done", "pruned"}


def test_plain_optuna_opens_the_journal() -> None:
    """As its dashboard does, with no lock of recbox's."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    found = tune(with_search(SEARCH | {"train.optimizer.lr": [0.02, 0.03, 1.0e37]}), trials=9, baseline=True)
    storage = JournalStorage(JournalFileBackend(str(found.folder / "journal.log")))
    assert sorted(optuna.get_all_study_names(storage)) == ["item-knn", "small"]
    for arm in found.arms:
        study = optuna.load_study(study_name=arm.name, storage=storage)
        assert study.direction.name == "MAXIMIZE"
        assert [t.values[0] if t.values else None for t in study.trials] == [row.value for row in arm.rows]
        assert [t.state.name for t in study.trials] == [
            {"done": "COMPLETE", "failed": "FAIL", "pruned": "PRUNED"}[row.state] for row in arm.rows
        ]
        assert arm.best and study.best_trial.number == arm.best.number
        assert set(study.trials[0].params) == set(arm.spaces)
        assert len(study.trials_dataframe()) == len(arm.rows)
    failed = next(t for t in optuna.load_study(study_name="small", storage=storage).trials if not t.values)
    assert "diverged" in failed.user_attrs["reason"]


def test_refit_comes_after_the_choice() -> None:
    plain = tune(with_search(SEARCH), trials=2)
    refit = tune(with_search(SEARCH, evaluate=GRAPH["evaluate"] | {"refit": True}), trials=2, out="refit")
    assert trials(plain) == trials(refit)
    assert "refit: true" in (refit.folder / "best.yaml").read_text()


def test_files_of_the_best_recipe_are_found_from_where_it_lies(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    rows = [f"{u},{(u * 3 + i * i) % 17},{i}" for u in range(30) for i in range(8)]
    (folder / "rows.csv").write_text("\n".join(["user,item,time", *rows]))
    data = {"source": {"use": "table", "interaction": [{"path": "rows.csv", "columns": {"time": "time"}}]}}
    (folder / "r.yaml").write_text(json.dumps(with_search({"dim": [4, 8]}, data=data)))
    found = tune(folder / "r.yaml", trials=2)
    outcome = recbox.run(found.best or "", threads=1)
    assert outcome.metrics["valid"]["ndcg@5"] == found.arms[0].ranked[0].value


def test_a_run_leaves_it_alone_and_its_artifact_keeps_it() -> None:
    outcome = recbox.run(with_search(SEARCH), threads=1)
    assert recbox.load(outcome.folder).some_user() is not None
    assert "train.optimizer.lr: {by: log" in (outcome.folder / "recipe.yaml").read_text()


def _touched(*_: Any, **__: Any) -> Any:
    raise AssertionError("the test part was looked at")


def _registry() -> Any:
    from recbox.registry import Registry

    return Registry()


def _context() -> Any:
    from recbox.context import Context

    return Context()
