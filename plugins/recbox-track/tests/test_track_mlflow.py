"""What MLflow's own client finds in the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from recbox_track import MLflow
from recbox_track.mlflow import _name
from track_made import Told, problems, told


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for module in ("mlflow", "sqlalchemy", "alembic"):
        pytest.importorskip(module, reason="the extra recbox-track[mlflow] is not installed")
    return tmp_path_factory.mktemp("mlflow")


@pytest.fixture(scope="module")
def run(folder: Path) -> Told:
    return told(folder, f"mlflow:sqlite:///{folder}/sub/runs.db")


@pytest.fixture(scope="module")
def client(folder: Path, run: Told) -> Any:
    from mlflow import MlflowClient

    assert problems(run) == []
    return MlflowClient(f"sqlite:///{folder}/sub/runs.db")


@pytest.fixture(scope="module")
def found(client: Any) -> Any:
    experiment = client.get_experiment_by_name("recbox")
    (one,) = client.search_runs([experiment.experiment_id])
    return one


def test_the_curves_are_those_of_the_history(client: Any, found: Any, run: Told) -> None:
    curve = client.get_metric_history(found.info.run_id, "valid/ndcg_at_10")
    assert [(m.step, m.value) for m in curve] == list(enumerate(run.curve("ndcg@10")))
    losses = client.get_metric_history(found.info.run_id, "loss")
    assert [m.value for m in losses] == [row["loss"] for row in run.history]


def test_the_figures_are_those_of_the_document(found: Any, run: Told) -> None:
    for metric, value in run.test.items():
        assert found.data.metrics[f"test/{metric.replace('@', '_at_')}"] == value
    rival = run.outcome.metrics["baseline"]["popularity"]["test"]["ndcg@10"]
    assert found.data.metrics["baseline/popularity/ndcg_at_10"] == rival


def test_recipe_data_and_artifact_are_there(found: Any, run: Told) -> None:
    params, tags = found.data.params, found.data.tags
    assert (params["name"], params["layer.0.use"], params["train.epochs"]) == ("small", "lightgcn", "3")
    assert "evaluate.refit" in params, "defaults are filled in"
    assert tags["recbox.artifact"] == str(run.outcome.folder.absolute())
    assert tags["recbox.data.fingerprint"] == run.outcome.metrics["data"]["fingerprint"]
    assert (found.info.run_name, found.info.status, tags["recbox.seed"]) == ("small", "FINISHED", "3")


def test_nothing_lies_beside_the_database(folder: Path, run: Told) -> None:
    assert [p.name for p in (folder / "sub").iterdir()] == ["runs.db"]


@pytest.mark.parametrize("where", ["mlruns", "file:///tmp/x", "sqlite:///", "http://localhost:5000"])
def test_what_is_no_sqlite_file_is_refused(where: str) -> None:
    with pytest.raises(ValueError, match="is no SQLite database"):
        MLflow(where=where)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("ndcg@10", "ndcg_at_10"),
        ("data.features.größe", "data.features.gr__e"),
        ("a/b c:d", "a/b c:d"),
        ('x"\n', "x__"),
    ],
)
def test_names_hold_what_mlflow_takes(name: str, clean: str) -> None:
    assert _name(name) == clean
