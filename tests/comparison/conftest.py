"""Artifacts of tiny recipes: real ones, made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from comparison_recipes import graph, model

import recbox


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose `runs/` holds: graph (seeds 0, 1, 2 on the data of seed 0), popularity, ease."""
    folder = tmp_path_factory.mktemp("trained")
    data = {**graph()["data"], "seed": 0}
    for seed in range(3):
        recbox.run(graph(data=data), seed=seed, threads=1, out=folder / "runs" / f"graph-{seed}")
    for use in ("popularity", "ease"):
        recbox.run(model(use), threads=1, out=folder / "runs" / use)
    return folder


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Path]:
    """An empty folder to work in."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)
