"""What each library's own reader finds of a search: a run for each trial, with what was tried and its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_track_wandb import chunks, items, of
from track_made import searched

NAMES = ["small-trial-0", "small-trial-1"]


def need(*modules: str) -> None:
    pytest.importorskip("optuna", reason="the extra recbox-graph[tune] is not installed")
    for module in modules:
        pytest.importorskip(module, reason=f"the extra recbox-track[{modules[0]}] is not installed")


def test_tensorboard_has_a_folder_for_each_and_hparams(tmp_path: Path) -> None:
    need("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    arm = searched(tmp_path, f"tensorboard:{tmp_path / 'logs'}")
    assert sorted(path.name for path in (tmp_path / "logs" / "study").iterdir()) == NAMES
    found = []
    for name in NAMES:
        events: Any = EventAccumulator(str(tmp_path / "logs" / "study" / name)).Reload()
        tags = events.PluginTagToContent("hparams")
        begun = HParamsPluginData.FromString(tags["_hparams_/session_start_info"]).session_start_info
        tried = {key: getattr(value, value.WhichOneof("kind")) for key, value in begun.hparams.items()}
        found.append((tried, "_hparams_/session_end_info" in tags))
        if name == NAMES[0]:
            assert events.Scalars("chosen/ndcg_at_10")[0].value == pytest.approx(arm.rows[0].value, rel=1e-6)
    assert found == [(row.settings, row.state == "done") for row in arm.rows]


def test_mlflow_has_parameters_group_and_status(tmp_path: Path) -> None:
    need("mlflow", "sqlalchemy", "alembic")
    from mlflow import MlflowClient

    arm = searched(tmp_path, f"mlflow:sqlite:///{tmp_path}/runs.db")
    client = MlflowClient(f"sqlite:///{tmp_path}/runs.db")
    experiment: Any = client.get_experiment_by_name("recbox")
    runs = sorted(client.search_runs([experiment.experiment_id]), key=lambda run: str(run.info.run_name))
    assert [run.info.run_name for run in runs] == NAMES
    assert [run.info.status for run in runs] == ["FINISHED", "FAILED"]
    assert runs[0].data.params["tried.train.optimizer.lr"] == "0.02"
    assert runs[0].data.params["train.optimizer.lr"] == "0.02"
    assert runs[0].data.metrics["chosen/ndcg_at_10"] == arm.rows[0].value
    assert "diverged" in runs[1].data.tags["mlflow.note.content"]
    assert {run.data.tags["recbox.group"] for run in runs} == {"study"}


def test_wandb_has_a_run_for_each_in_one_group(tmp_path: Path) -> None:
    need("wandb")
    from wandb.proto.wandb_internal_pb2 import Record

    arm = searched(tmp_path, f"wandb:{tmp_path / 'logs'}")
    found = {}
    for file in (tmp_path / "logs" / "wandb").glob("offline-run-*/run-*.wandb"):
        records: list[Any] = [Record.FromString(chunk) for chunk in chunks(file.read_bytes())]
        begun, exit_ = of(records, "run")[0], of(records, "exit")[0]
        config = items(begun.config.update)
        found[begun.display_name] = (begun.run_group, config["tried"], exit_.exit_code)
    assert found == {
        name: ("study", row.settings, int(row.state == "failed"))
        for name, row in zip(NAMES, arm.rows, strict=True)
    }
