"""Artifacts of every form, made once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import recbox
from recbox.api.load import Fitted

sys.path.append(str(Path(__file__).parents[1] / "artifact"))
DATA = {"source": {"use": "synthetic", "users": 60, "items": 40, "interactions": 1200}}
GRAPH: dict[str, Any] = {
    "dim": 8,
    "layer": [{"use": "lightgcn"}],
    "objective": [{"use": "bpr"}],
    "train": {"epochs": 1, "batch": 512},
}
METHODS: dict[str, dict[str, Any]] = {
    "dot": {**GRAPH, "head": {"use": "dot", "popularity": 0.2}},
    "cosine": {**GRAPH, "head": {"use": "cosine"}},
    "rating": {**GRAPH, "head": {"use": "rating"}},
    "mlp": {**GRAPH, "head": {"use": "mlp", "hidden": [16, 8]}},
    "ease": {"model": {"use": "ease", "l2": 10.0}},
    "item-knn": {"model": {"use": "item-knn", "k": 4}},
    "spectral": {"model": {"use": "spectral", "rank": 8}},
    "popularity": {"model": {"use": "popularity"}},
}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Fitted]:
    """One of each kind of method, on the same data; ease was fitted again on train and validation."""
    folder = tmp_path_factory.mktemp("export")
    found = {}
    for name, method in METHODS.items():
        judged = {"k": [5], "metric": ["ndcg"], "baseline": [], "refit": name == "ease"}
        plain = {"recbox": 1, "name": name, "data": DATA, "evaluate": judged, **method}
        found[name] = recbox.load(recbox.run(plain, out=folder / name, threads=1).folder)
    return found
