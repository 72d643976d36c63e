"""What TensorBoard's own reader finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from recbox_track import TensorBoard
from track_made import Told, problems, told

pytest.importorskip("tensorboard", reason="the extra recbox-track[tensorboard] is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tensorboard")


@pytest.fixture(scope="module")
def run(folder: Path) -> Told:
    return told(folder, f"tensorboard:{folder / 'logs'}")


@pytest.fixture(scope="module")
def events(folder: Path, run: Told) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert problems(run) == []
    found = EventAccumulator(str(folder / "logs" / "small"), size_guidance={"scalars": 0, "tensors": 0})
    return found.Reload()


def scalars(events: Any, name: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in events.Scalars(name)]


def text(events: Any, name: str) -> str:
    return events.Tensors(f"{name}/text_summary")[0].tensor_proto.string_val[0].decode()


def test_the_curves_are_those_of_the_history(events: Any, run: Told) -> None:
    assert scalars(events, "valid/ndcg_at_10") == [
        (n, pytest.approx(v, rel=1e-6)) for n, v in enumerate(run.curve("ndcg@10"))
    ]
    for name, find in (("loss", lambda r: r["loss"]), ("term/l2", lambda r: r["term"]["l2"])):
        assert [v for _, v in scalars(events, name)] == [
            pytest.approx(find(r), rel=1e-6) for r in run.history
        ]


def test_the_figures_are_those_of_the_document(events: Any, run: Told) -> None:
    for metric, value in run.test.items():
        name = metric.replace("@", "_at_")
        assert scalars(events, f"test/{name}") == [(3, pytest.approx(value, rel=1e-6))]
    rival = run.outcome.metrics["baseline"]["popularity"]["test"]["ndcg@10"]
    assert scalars(events, "baseline/popularity/ndcg_at_10")[0][1] == pytest.approx(rival, rel=1e-6)


def test_recipe_data_and_artifact_are_there(events: Any, run: Told) -> None:
    recipe = json.loads(text(events, "recipe"))
    assert (recipe["name"], recipe["seed"], recipe["train"]["epochs"]) == ("small", 3, 3)
    assert recipe["evaluate"]["refit"] in (True, False), "defaults are filled in"
    assert json.loads(text(events, "data")) == run.outcome.metrics["data"]
    assert text(events, "artifact") == str(run.outcome.folder.absolute())
    assert (text(events, "status"), text(events, "seed").strip()) == ("done", "3")


def test_a_second_run_has_a_folder_of_its_own(folder: Path, run: Told, tmp_path: Path) -> None:
    told(tmp_path, f"tensorboard:{folder / 'logs'}")
    assert sorted(p.name for p in (folder / "logs").iterdir()) == ["small", "small-2"]


def test_the_folder_has_a_default() -> None:
    assert TensorBoard().where == "tensorboard"
