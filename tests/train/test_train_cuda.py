"""Training on an accelerator: the same steps as on the processor, and what it leaves is used anywhere."""

from __future__ import annotations

import pytest
import torch

import recbox

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")

RECIPE = {
    "recbox": 1,
    "name": "small",
    "dim": 16,
    "data": {
        "source": {"use": "synthetic", "users": 200, "items": 150, "interactions": 4000},
        "split": {"by": "user-time"},
    },
    "layer": [{"use": "lightgcn", "repeat": 2}],
    "objective": [{"use": "bpr"}, {"use": "l2", "weight": 1e-4}],
    "train": {"epochs": 3, "batch": 256, "precision": "fp32", "optimizer": {"lr": 0.02}},
    "evaluate": {"k": [10], "select": "ndcg@10", "baseline": []},
}


def run(folder, device: str, **train):
    recipe = {**RECIPE, "train": {**RECIPE["train"], **train}}
    return recbox.run(recipe, threads=1, device=device, out=folder / device)


@pytest.mark.parametrize(
    "train",
    [
        {},
        {"propagation": "sampled", "fanout": 4},
        {"edge_dropout": 0.2},
        {"negative": {"by": "hard", "pool": 4}},
        {"negative": {"by": "popular"}, "clip": 1.0},
    ],
    ids=str,
)
def test_metrics_are_those_of_the_processor(tmp_path, train) -> None:
    here, there = (run(tmp_path, device, **train).metrics for device in ("cpu", "cuda"))
    assert there["test"] == pytest.approx(here["test"], abs=0.01)


def test_an_artifact_of_the_device_is_judged_alike_on_the_processor(tmp_path) -> None:
    told = run(tmp_path, "cuda").metrics["test"]
    assert recbox.load(tmp_path / "cuda").evaluate() == pytest.approx(told, abs=0.005)


@pytest.mark.parametrize("use", ["softmax", "bce"])
def test_bf16_learns(tmp_path, use: str) -> None:
    recipe = {**RECIPE, "objective": [{"use": use}], "train": {**RECIPE["train"], "precision": "bf16"}}
    outcome = recbox.run(recipe, threads=1, device="cuda", out=tmp_path / "a")
    assert outcome.metrics["test"]["ndcg@10"] > 0
