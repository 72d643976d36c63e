"""`recbox.compare` on real artifacts and recipes: what is grouped, trained, reused, refused and said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from comparison_recipes import SOURCE, graph, model

import recbox
from recbox.comparison.segment import FEW
from recbox.errors import ArtifactError, OptionError
from recbox.progress import Progress, Task


class Heard(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.tasks: list[tuple[str, float | None]] = []

    def open(self, title: str, total: float | None, unit: str) -> Task:
        self.tasks.append((title, total))
        return recbox.progress.SILENT.open(title, total, unit)

    def close(self, task: Task) -> None:
        return None

    def notice(self, message: str, level: str = "info") -> None:
        self.notices.append(message)

    @property
    def runs(self) -> list[str]:
        return [n for n in self.notices if n.startswith("run ")]


def folders(trained: Path, *names: str) -> list[str]:
    return [str(trained / "runs" / name) for name in names]


def test_artifacts_that_differ_in_their_seeds_alone_are_one_method(trained: Path) -> None:
    found = recbox.compare(*folders(trained, "graph-0", "ease", "graph-2", "graph-1"))
    assert [(m.label, m.seeds, m.draws) for m in found.methods] == [
        ("graph", (0, 1, 2), True),
        ("ease", (0,), False),
    ]
    assert found.metrics == ("ndcg@10",)


def test_means_and_pairs_are_those_of_the_stored_values(trained: Path) -> None:
    found = recbox.compare(*folders(trained, "graph-0", "graph-1", "graph-2", "ease"), metric="recall@5")
    stored = [
        pl.read_parquet(Path(f) / "per-user.parquet")["recall@5"].to_numpy()
        for f in folders(trained, "graph-0", "graph-1", "graph-2", "ease")
    ]
    means = [values.mean() for values in stored[:3]]
    half = 4.302652729911275 * np.std(means, ddof=1) / np.sqrt(3)
    row = found.document()["method"][0]["value"]["recall@5"]
    assert row["seed"] == pytest.approx(means)
    assert row["interval"] == pytest.approx([np.mean(means) - half, np.mean(means) + half])
    (pair,) = found.pairs
    assert pair.difference == pytest.approx(np.mean(means) - stored[3].mean())
    gain = np.mean(stored[:3], axis=0) - stored[3]
    assert (pair.effect.better, pair.effect.worse) == ((gain > 0).mean(), (gain < 0).mean())
    assert pair.test == "users and seeds" and pair.holm == pair.p


def test_methods_that_draw_nothing_are_tested_over_users(trained: Path) -> None:
    (pair,) = recbox.compare(*folders(trained, "popularity", "ease")).pairs
    assert pair.test == "users" and (pair.p, pair.interval) == (pair.alone.p, pair.alone.interval)
    assert pair.verdict in ("real", "not shown")


def test_one_seed_of_a_method_that_draws_is_no_win(trained: Path) -> None:
    found = recbox.compare(*folders(trained, "graph-0", "popularity"))
    (pair,) = found.pairs
    assert (pair.p, pair.holm, pair.interval, pair.verdict) == (None, None, None, "too few seeds")
    assert "the luck of a seed isn't in that" in found.sentences[0]
    assert found.best("ndcg@10") is None


def test_recipes_are_trained_once_and_found_again(inside: Path) -> None:
    heard = Heard()
    first = recbox.compare(graph(), model("ease"), seeds=3, threads=1, progress=heard)
    assert [n.split(":")[0] for n in heard.runs] == [f"run {n} of 4" for n in (1, 2, 3, 4)]
    assert ("Runs", 4) in heard.tasks
    again = Heard()
    renamed = graph("another-name", search={"train.optimizer.lr": [0.01, 0.02]})
    second = recbox.compare(renamed, model("ease"), seeds=3, threads=1, progress=again)
    assert again.runs == []
    assert [m.seeds for m in second.methods] == [(0, 1, 2), (0,)]
    assert second.pairs[0].difference == first.pairs[0].difference
    more = Heard()
    recbox.compare(graph(), model("ease"), seeds=4, threads=1, progress=more)
    assert more.runs == ["run 1 of 1: graph with seed 3"]


def test_how_often_the_test_was_looked_at_is_said(inside: Path) -> None:
    found = recbox.compare(graph(name="one"), model("ease"), seeds=3, threads=1)
    lines = Path("runs/ledger.jsonl").read_text().splitlines()
    split = found.ground.split.fingerprint
    assert found.ledger["times"] == sum(split in line for line in lines) >= 4


def test_arguments_that_are_one_method_are_named(inside: Path) -> None:
    found = recbox.compare(model("ease"), model("ease", name="same"), model("popularity"), threads=1)
    assert [m.label for m in found.methods] == ["ease", "popularity"]
    assert any(note.endswith("are one method, alike in all settings") for note in found.notes)


def test_a_random_split_stays_while_the_seed_changes(inside: Path) -> None:
    found = recbox.compare(graph(seed=7), model("popularity", seed=7), seeds=2, threads=1)
    splits = {run.manifest.split.fingerprint for m in found.methods for run in m.runs}
    data = {run.manifest.data.fingerprint for m in found.methods for run in m.runs}
    assert len(splits) == len(data) == 1
    (seven,) = (recbox.run(model("ease", seed=7), threads=1).folder for _ in range(1))
    assert recbox.load(seven).artifact.manifest.split.fingerprint in splits


def test_a_changed_recipe_or_damaged_run_is_not_used_again(inside: Path) -> None:
    recbox.compare(graph(), model("ease"), seeds=1, threads=1)
    (inside / "runs" / "graph" / "per-user.parquet").write_bytes(b"no parquet")
    heard = Heard()
    other = graph(train={"epochs": 1, "batch": 256})
    recbox.compare(other, graph(), model("ease"), seeds=1, threads=1, progress=heard)
    assert len(heard.runs) == 2


def test_an_artifact_counts_for_the_recipe_that_it_was_made_of(trained: Path, inside: Path) -> None:
    heard = Heard()
    found = recbox.compare(
        *folders(trained, "graph-2"), graph(), model("ease"), seeds=1, threads=1, progress=heard
    )
    assert found.methods[0].seeds == (0, 2) and len(heard.runs) == 2


def test_other_data_and_other_splits_are_refused_and_named(trained: Path, inside: Path) -> None:
    small = model("ease", data={"source": {**SOURCE, "items": 39}, "split": {"by": "user-random"}})
    ranked = model("popularity", data={"source": SOURCE, "split": {"by": "user-time"}})
    with pytest.raises(OptionError) as caught:
        recbox.compare(*folders(trained, "graph-0"), small, ranked, model("ease"))
    said = str(caught.value)
    assert "ease: other data: synthetic, 60 users, 39 items" in said
    assert "popularity: the same data, another split: split by user-time" in said
    assert said.count("other data") == said.count("another split") == 1
    assert not (inside / "runs").exists()


def test_seeds_that_drew_other_splits_are_refused(trained: Path) -> None:
    with pytest.raises(OptionError, match="other data"):
        recbox.compare(*folders(trained, "ease"), model("popularity", seed=5), threads=1)


@pytest.mark.parametrize("metric", ["coverage@10", "ndcg@20", "recal@10", ""])
def test_a_metric_that_is_not_of_users_or_not_in_all_is_refused(trained: Path, metric: str) -> None:
    with pytest.raises(OptionError, match="no values for each user"):
        recbox.compare(*folders(trained, "graph-0", "ease"), metric=metric)


def test_recipes_that_select_differently_need_a_metric_named(trained: Path) -> None:
    other = model("popularity", evaluate={"k": [10], "metric": ["recall"], "select": "recall@10"})
    with pytest.raises(OptionError, match="different metrics: ndcg@10, recall@10"):
        recbox.compare(*folders(trained, "ease"), other, threads=1)


def test_one_method_alone_is_nothing_to_compare(trained: Path) -> None:
    with pytest.raises(OptionError, match="all arguments are one method"):
        recbox.compare(*folders(trained, "graph-0", "graph-1"))
    with pytest.raises(OptionError, match="nothing to compare"):
        recbox.compare()


def test_the_same_seed_twice_counts_once(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "runs" / "graph-0", tmp_path / "copy")
    heard = Heard()
    found = recbox.compare(*folders(trained, "graph-0", "ease"), tmp_path / "copy", progress=heard)
    assert found.methods[0].seeds == (0,)
    assert any("only the first counts" in n for n in heard.notices)


def test_an_interrupted_run_is_refused(inside: Path, monkeypatch: pytest.MonkeyPatch, trained: Path) -> None:
    from recbox.evaluate import Validation

    honest, calls = Validation.watch, []

    def stopping(self: Validation, scorer: Any) -> dict[str, float]:
        calls.append(1)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return honest(self, scorer)

    monkeypatch.setattr(Validation, "watch", stopping)
    outcome = recbox.run(graph(train={"epochs": 9, "batch": 256}), threads=1)
    assert outcome.status == "interrupted"
    with pytest.raises(ArtifactError, match="interrupted"):
        recbox.compare(outcome.folder, *folders(trained, "ease"))


def test_holm_is_over_all_pairs_and_metrics(trained: Path) -> None:
    names = folders(trained, "graph-0", "graph-1", "graph-2", "ease", "popularity")
    found = recbox.compare(*names, metric=["ndcg@10", "recall@5"])
    p = sorted(x.p for x in found.pairs if x.p is not None)
    lowest = min(x.holm for x in found.pairs if x.holm is not None)
    assert len(p) == 6 and lowest == pytest.approx(min(1.0, 6 * p[0]))
    assert found.document()["correction"] == {"by": "holm", "tests": 6}


def test_the_same_comparison_gives_the_same_document(trained: Path) -> None:
    names = folders(trained, "graph-0", "graph-1", "graph-2", "ease")
    one, other = (json.dumps(recbox.compare(*names).document()) for _ in range(2))
    assert one == other


def test_segments_are_parts_of_the_users(trained: Path) -> None:
    found = recbox.compare(*folders(trained, "graph-0", "graph-1", "graph-2", "ease"))
    of_users = [s for s in found.segments if s.name.startswith("users with")]
    total = found.methods[0].values["ndcg@10"].shape[1]
    assert 2 <= len(of_users) <= 3 and sum(s.users or 0 for s in of_users) == total
    weighted = sum(s.difference * (s.users or 0) for s in of_users) / total
    assert weighted == pytest.approx(found.pairs[0].difference)
    assert all((s.interval is None) == (s.users < FEW) for s in found.segments)
    assert {s.lacking for s in found.segments} == {"", "too few users"}
    warm = next(s for s in found.segments if s.name == "warm items")
    stored = recbox.load(folders(trained, "ease")[0]).metrics["segment"]["warm"]["ndcg@10"]
    assert warm.means[1] == pytest.approx(stored, abs=1e-12) and warm.interval is not None


QUIET = '''"""A model that draws nothing and doesn't say so, and one that draws."""
from typing import final
from recbox.plugin import Model
from recbox.model.popularity import Popularity


@final
class Quiet(Model):
    """Popularity."""

    def fit(self, spec):
        return Popularity().fit(spec)

    def load(self, arrays, json):
        return Popularity().load(arrays, json)


@final
class Lucky(Model):
    """Popularity of a random half of the interactions."""

    def fit(self, spec):
        rows = spec.context.random("lucky").permutation(len(spec.train.interaction))
        import dataclasses
        return Popularity().fit(dataclasses.replace(spec, train=spec.train.take(rows[: len(rows) // 2])))

    def load(self, arrays, json):
        return Popularity().load(arrays, json)
'''


def test_a_model_whose_seeds_agree_is_run_twice_and_one_that_draws_every_time(inside: Path) -> None:
    (inside / "quiet.py").write_text(QUIET)
    heard = Heard()
    code = [inside / "quiet.py"]
    found = recbox.compare(model("quiet"), model("lucky"), seeds=4, threads=1, code=code, progress=heard)
    assert [(m.draws, m.seeds) for m in found.methods] == [(False, (0,)), (True, (0, 1, 2, 3))]
    folders = sorted(f.name for f in (inside / "runs").iterdir() if f.is_dir())
    assert folders == ["lucky", "lucky-2", "lucky-3", "lucky-4", "quiet", "quiet-2"]
    (inside / "quiet.py").write_text(QUIET + "# changed\n")
    again = Heard()
    recbox.compare(model("quiet"), model("ease"), seeds=1, threads=1, code=code, progress=again)
    assert [n.partition(": ")[2] for n in again.runs] == ["quiet with seed 0", "ease with seed 0"]


def test_a_recipe_that_says_nothing_of_its_judges_is_compared_too(inside: Path) -> None:
    bare = {k: v for k, v in model("ease").items() if k != "evaluate"}
    other = {k: v for k, v in model("popularity").items() if k != "evaluate"}
    found = recbox.compare(bare, other, threads=1)
    assert found.metrics == ("ndcg@20",)
    assert [run.metrics["baseline"] for m in found.methods for run in m.runs] == [{}, {}]


def test_cold_items_are_those_of_the_artifacts_with_intervals(inside: Path) -> None:
    """Split by one moment for all: some test items are new, and most users have new ones and old ones."""
    data = {"source": {**SOURCE, "users": 90, "items": 400, "interactions": 1600}, "split": {"by": "time"}}
    found = recbox.compare(model("ease", data=data), model("popularity", data=data), threads=1)
    parts = {s.name: s for s in found.segments}
    for name in ("cold", "warm"):
        stored = [m.runs[0].metrics["segment"][name]["ndcg@10"] for m in found.methods]
        assert parts[f"{name} items"].means == pytest.approx(stored, abs=1e-12), name
    assert parts["cold items"].users < parts["warm items"].users
    assert parts["warm items"].interval is not None
    low, high = parts["warm items"].interval.low, parts["warm items"].interval.high
    assert low < parts["warm items"].difference < high
