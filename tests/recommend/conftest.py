"""Artifacts to recommend from."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recbox.api.load import Fitted, load
from recbox.api.run import run
from recbox.artifact import Content, write

sys.path.append(str(Path(__file__).parents[1] / "artifact"))
from artifact_tiny import content


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """EASE on 12 users with ids 1 … 12 and 9 items with ids 10 … 18, one of them without a title."""
    return load(write(content(), tmp_path_factory.mktemp("recommend") / "tiny"))


@pytest.fixture
def make() -> Callable[..., Content]:
    return content


@pytest.fixture(scope="session")
def graph() -> dict[str, Any]:
    """A recipe of a small network, which has vectors."""
    return {
        "recbox": 1,
        "name": "vectors",
        "dim": 8,
        "data": {"source": {"use": "synthetic", "users": 60, "items": 30, "interactions": 900}},
        "layer": [{"use": "lightgcn"}],
        "head": {"use": "cosine"},
        "train": {"epochs": 2, "batch": 256},
        "evaluate": {"k": [5], "metric": ["ndcg"], "baseline": []},
    }


@pytest.fixture(scope="session")
def vectors(graph: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """What it gives."""
    return load(run(graph, out=tmp_path_factory.mktemp("recommend") / "vectors").folder)
